// Writes the schema of telemetry's events into docs/telemetryEvent.schema.json.
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import { root } from "./repository.mjs";

const bundle = path.join(root, "build", "telemetryEvent.cjs");
await build({
  entryPoints: [path.join(root, "server/src/telemetry/event.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "cjs",
  logLevel: "warning",
});
const { eventJsonSchema } = createRequire(import.meta.url)(bundle);
await mkdir(path.join(root, "docs"), { recursive: true });
await writeFile(
  path.join(root, "docs", "telemetryEvent.schema.json"),
  `${JSON.stringify(eventJsonSchema(), null, 2)}\n`,
);
