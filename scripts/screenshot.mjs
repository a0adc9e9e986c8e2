// Takes the picture of ghost text for the README anew, from the real editor: media/screenshot.png.
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { endLike, run } from "./processes.mjs";
import { root, runMain } from "./repository.mjs";

runMain(async () => {
  await prepare();
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  return endLike(
    await run(process.execPath, [vitest, "run", "--project", "e2e", "--testNamePattern", "a picture of ghost text"], {
      cwd: root,
      env: { ...process.env, HORIZON_SCREENSHOT: "1" },
    }),
  );
});
