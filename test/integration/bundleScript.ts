// Makes a script that Node runs of a TypeScript file beside this one, for tests that kill processes.
import path from "node:path";
import { build } from "esbuild";

/**
 * Bundles a file of this folder.
 * @param external - Packages with native code, found from where the script lies.
 */
export async function bundleScript(name: string, script: string, external: readonly string[] = []): Promise<void> {
  await build({
    entryPoints: [path.join(import.meta.dirname, name)],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: [...external],
    logLevel: "error",
  });
}
