// Installs that take minutes are made once, in the cache folder, and are whole or not there.
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";

/**
 * Fills a folder that gets its name when all is in it, so one that has the name is whole. Another process that installs
 * the same at the same time does no harm: whoever is first has made it.
 * @param {string} folder
 * @param {(unfinished: string) => Promise<void>} fill
 */
export async function installOnce(folder, fill) {
  const unfinished = `${folder}.${process.pid}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  try {
    await fill(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) {
      throw error;
    }
  }
}
