// The random id that stands for the user on this machine. It says nothing of who that is, and a new one is made when the
// user's data are deleted.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

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
    await writeFile(file, `${JSON.stringify({ user: newId() })}\n`, { flag: "wx" }).catch(() => {});
  }
  return newId();
}

/** Makes the next call of {@link readUser} make a new id. */
export async function forgetUser(directory: string): Promise<void> {
  await rm(path.join(directory, fileName), { force: true });
}

async function readId(file: string): Promise<string | undefined> {
  try {
    const { user } = JSON.parse(await readFile(file, "utf8")) as { user?: unknown };
    return typeof user === "string" && uuid.test(user) ? user : undefined;
  } catch {
    return undefined;
  }
}
