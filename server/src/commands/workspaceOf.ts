// Which folder a file on the command line belongs to.
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { InputError } from "../workspace/inputError.js";

/**
 * The folder that an editor would have open: the one that was named, or else the innermost git repository that holds the
 * file, the current folder if it does, or the file's own folder.
 *
 * @throws {InputError} when the named one is no folder, or does not hold the file
 */
export async function findWorkspace(file: string, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    const workspace = resolve(named);
    if (!(await isFolder(workspace))) {
      throw new InputError(`--workspace: ${workspace} is no folder.`);
    }
    if (!isInside(file, workspace)) {
      throw new InputError(`--workspace: ${file} is not inside ${workspace}.`);
    }
    return workspace;
  }
  const own = dirname(file);
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) {
      return folder;
    }
    if (folder === dirname(folder)) {
      return isInside(file, process.cwd()) ? process.cwd() : own;
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

function isInside(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return path !== "" && !path.startsWith("..") && !isAbsolute(path);
}
