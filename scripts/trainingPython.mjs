// The Python that runs models/training: one that has the packages of its requirements.txt, else a virtual environment
// made for them in the cache folder.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { cacheFolder } from "./codeServer.mjs";
import { findProgram, succeeds } from "./processes.mjs";
import { progress, root, UserError } from "./repository.mjs";

const requirements = path.join(root, "models", "training", "requirements.txt");

/** Prints nothing and succeeds where every package of requirements.txt is there in its version. */
const HAS_REQUIREMENTS = `
import sys
from importlib.metadata import version
for line in open(sys.argv[1], encoding="utf-8"):
    if "==" in line:
        name, wanted = line.strip().split("==")
        assert version(name).split("+")[0] == wanted
`;

/**
 * Finds such a Python, or makes it.
 * @returns {Promise<string>} its executable
 */
export async function ensureTrainingPython() {
  const python = process.env.HORIZON_PYTHON || findProgram("python3");
  if (python === undefined) {
    throw new UserError(
      "python3 (3.11 or later) is needed for the training code: sudo apt-get install python3 python3-venv",
    );
  }
  if (await succeeds(python, ["-c", HAS_REQUIREMENTS, requirements], { stdio: "ignore" })) {
    return python;
  }
  const hash = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const folder = path.join(cacheFolder, `training-${hash}`);
  if (!existsSync(folder)) {
    await install(python, folder);
  }
  return path.join(folder, "bin", "python");
}

/**
 * @param {string} python
 * @param {string} folder gets its name when all is in it
 */
async function install(python, folder) {
  progress("installing the training code's Python packages (once, 5 GB)");
  const unfinished = `${folder}.${process.pid}.unfinished`;
  await mkdir(cacheFolder, { recursive: true });
  const environmentPython = path.join(unfinished, "bin", "python");
  const isInstalled =
    (await succeeds(python, ["-m", "venv", unfinished])) &&
    (await succeeds(environmentPython, ["-m", "pip", "install", "--quiet", "-r", requirements]));
  if (!isInstalled) {
    await rm(unfinished, { recursive: true, force: true });
    throw new UserError(
      "the training code's Python packages could not be installed; the message is above. They need Python 3.11 or " +
        "later with venv (sudo apt-get install python3-venv). HORIZON_PYTHON names a Python that has them already.",
    );
  }
  await rename(unfinished, folder);
}
