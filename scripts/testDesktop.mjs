// `npm run test:desktop` runs the extension-host tests in a desktop VS Code: the one that VSCODE_EXECUTABLE names, else
// one that is downloaded.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { findProgram } from "./processes.mjs";
import { root, runMain, UserError } from "./repository.mjs";

runMain(async () => {
  await prepare();
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    const how = findProgram("xvfb-run") === undefined ? "apt-get install xvfb, then " : "";
    throw new UserError(`a desktop VS Code needs a display: ${how}xvfb-run -a npm run test:desktop`);
  }
  const { downloadAndUnzipVSCode, runTests } = await import("@vscode/test-electron");
  const vscodeExecutablePath = process.env.VSCODE_EXECUTABLE || (await download(downloadAndUnzipVSCode));
  const userData = await mkdtemp(path.join(tmpdir(), "horizon-desktop-"));
  try {
    return await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, "build", "extensionHostTests.js"),
      launchArgs: ["--disable-extensions", "--disable-workspace-trust", "--user-data-dir", userData],
    });
  } catch (error) {
    throw new UserError(`the tests in ${vscodeExecutablePath} failed: ${/** @type {Error} */ (error).message}`);
  } finally {
    await rm(userData, { recursive: true, force: true });
  }
});

/** @param {typeof import("@vscode/test-electron").downloadAndUnzipVSCode} downloadAndUnzipVSCode */
async function download(downloadAndUnzipVSCode) {
  try {
    return await downloadAndUnzipVSCode({ cachePath: path.join(root, ".vscode-test") });
  } catch (error) {
    throw new UserError(
      `VS Code could not be downloaded (${/** @type {Error} */ (error).message}). Set VSCODE_EXECUTABLE to a VS Code on ` +
        "this machine, or run the same tests in a served VS Code: npm run test:e2e",
    );
  }
}
