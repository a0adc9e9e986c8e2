// Keeps what was measured of this machine between two starts, one entry for each model; it is measured again on another
// machine, with other weights, or by another version of Horizon.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { arch, cpus } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type MachineProfile, profileSchema } from "../inference/machineProfile.js";

const fileSchema = z.record(z.string(), profileSchema);

/** Name of a machine and a model together. */
export function profileKey(modelSha256: string, version: string): string {
  const machine = [cpus()[0]?.model ?? "", cpus().length, process.platform, arch()];
  return createHash("sha256")
    .update(JSON.stringify([machine, modelSha256, version]))
    .digest("hex")
    .slice(0, 16);
}

/** A file of profiles. Whatever is wrong with it, it is as if nothing had been measured. */
export class Profiles {
  readonly #file: string;

  /** @param folder for what is kept between two starts */
  constructor(folder: string) {
    this.#file = join(folder, "machine.json");
  }

  async read(key: string): Promise<MachineProfile | undefined> {
    return (await this.#all())[key];
  }

  /** @throws what the file system does when it cannot be written */
  async write(key: string, profile: MachineProfile): Promise<void> {
    const all = { ...(await this.#all()), [key]: profile };
    await mkdir(dirname(this.#file), { recursive: true });
    // Two editors may write at once: each replaces the whole file.
    const temporary = `${this.#file}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify(all, undefined, 2)}\n`);
    await rename(temporary, this.#file);
  }

  async #all(): Promise<Readonly<Record<string, MachineProfile>>> {
    try {
      return fileSchema.parse(JSON.parse(await readFile(this.#file, "utf8")));
    } catch {
      return {};
    }
  }
}
