// Writes the settings of server/src/settings.ts into package.json's contributes.configuration.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bundle = path.join(root, "build", "settings.cjs");
await build({
  entryPoints: [path.join(root, "server/src/settings.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "cjs",
  logLevel: "warning",
});
const { configurationProperties } = createRequire(import.meta.url)(bundle);
const manifestPath = path.join(root, "package.json");
const manifest = JSON.parse(await readFile(manifestPath, "utf8"));
manifest.contributes.configuration.properties = configurationProperties();
await writeFile(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
