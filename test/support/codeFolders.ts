// Folders of code that nobody here wrote, from what every machine that runs these tests has: Python's standard library
// and the TypeScript sources of a package that Horizon uses.
import { execFileSync } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../..");

/** Copies a few modules of Python's standard library. */
export async function copyPythonCode(folder: string): Promise<void> {
  const standardLibrary = execFileSync("python3", ["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], {
    encoding: "utf8",
  }).trim();
  await mkdir(folder, { recursive: true });
  for (const entry of ["textwrap.py", "shlex.py", "fnmatch.py", "json"]) {
    await cp(path.join(standardLibrary, entry), path.join(folder, entry), {
      recursive: true,
      filter: (source) => !source.endsWith("__pycache__"),
    });
  }
}

/** Copies the TypeScript sources of zod. */
export async function copyTypeScriptCode(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const sources = path.join(repository, "node_modules", "zod", "src", "v4", "core");
  for (const entry of ["util.ts", "doc.ts", "registries.ts", "errors.ts"]) {
    await cp(path.join(sources, entry), path.join(folder, entry));
  }
}
