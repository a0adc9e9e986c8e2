// The random id that stands for the user on this machine. It says nothing of who that is, and a new one is made when the
// user's data are deleted.
import { randomUUID } from "node:crypto";
import { constants, copyFile, link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "../errorMessage.js";
import { isMissing } from "../workspace/fileError.js";

const fileName = "user.json";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Reads the id, or makes one. Two windows that begin at once agree on the one that was written first. */
export async function readUser(directory: string, newId: () => string): Promise<string> {
  const file = path.join(directory, fileName);
  for (let attempt = 0; attempt < 3; attempt++) {
    const known = await readId(file);
    if (known !== undefined) {
      return known;
    }
    if (attempt > 0) {
      await rm(file, { force: true }); // damaged
    }
    await mkdir(directory, { recursive: true });
    await createWhole(file, `${JSON.stringify({ user: newId() })}\n`).catch(() => {});
  }
  return newId();
}

/** Makes a file that nobody sees before all of its text is in it; leaves one alone that is there. */
async function createWhole(file: string, text: string): Promise<void> {
  const written = `${file}.${randomUUID()}`;
  try {
    await writeFile(written, text);
    // Not renamed, which would take the place of another window's.
    await link(written, file).catch(async (error: unknown) => {
      if (errorCode(error) !== "EEXIST") {
        await copyFile(written, file, constants.COPYFILE_EXCL); // There are no links here (FAT).
      }
    });
  } finally {
    await rm(written, { force: true });
  }
}

/** Makes the next call of {@link readUser} make a new id. */
export async function forgetUser(directory: string): Promise<void> {
  await rm(path.join(directory, fileName), { force: true });
}

/** The id as one window knows it. Another window may delete the user's data, and this one must not go on under the old id. */
export class KnownUser {
  readonly #directory: string;
  readonly #newId: () => string;
  /** Of the file that the id was read from. */
  #stamp: string | undefined;

  constructor(directory: string, newId: () => string) {
    this.#directory = directory;
    this.#newId = newId;
  }

  /** Reads the id, or makes one. */
  async read(): Promise<string> {
    const id = await readUser(this.#directory, this.#newId);
    const file = path.join(this.#directory, fileName);
    const stamp = await stampOf(file);
    // It may have been deleted just now: then the stamp is another file's, and says at the next look that it has changed.
    this.#stamp = (await readId(file)) === id ? stamp : "another";
    return id;
  }

  /** Whether the id that was read is no longer the user's. One look at the disk, without reading the file. */
  async hasChanged(): Promise<boolean> {
    try {
      return this.#stamp !== undefined && (await stampOf(path.join(this.#directory, fileName))) !== this.#stamp;
    } catch {
      return false; // Not to be told now; nothing is thrown away for that.
    }
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    if (isMissing(error)) {
      return "missing";
    }
    throw error;
  }
}

async function readId(file: string): Promise<string | undefined> {
  try {
    const { user } = JSON.parse(await readFile(file, "utf8")) as { user?: unknown };
    return typeof user === "string" && uuid.test(user) ? user : undefined;
  } catch {
    return undefined;
  }
}
