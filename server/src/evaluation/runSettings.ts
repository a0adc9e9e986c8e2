// run.json: what a run was made with. A folder goes on with the settings it began with, or not at all.

import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { errorMessage } from "../errorMessage.js";
import { isMissing } from "../workspace/fileError.js";
import { InputError } from "../workspace/inputError.js";
import { parseJson } from "../workspace/parseJson.js";

export const runFile = "run.json";

const runSettingsSchema = z.object({
  /** Horizon's version. */
  version: z.string(),
  /** Where the holes come from, by the source's own words. */
  source: z.record(z.string(), z.unknown()),
  model: z.object({ id: z.string(), sha256: z.string() }),
  backend: z.string().nullable(),
  threads: z.number(),
  completion: z.record(z.string(), z.union([z.number(), z.boolean()])),
  disabled: z.array(z.string()),
  seed: z.number(),
  limit: z.number().nullable(),
  samplesPerTask: z.number(),
  temperature: z.number(),
  execution: z.enum(["none", "sandbox", "unsafe"]),
  shard: z.object({ index: z.number(), count: z.number() }),
  /** Samples of this shard, when it is done. */
  samples: z.number(),
});

/** All that samples.jsonl is a function of. */
export type RunSettings = Readonly<z.infer<typeof runSettingsSchema>>;

/** @throws {InputError} when there is none, or another file */
export async function readRunSettings(folder: string): Promise<RunSettings> {
  const settings = await readIfPresent(folder);
  if (settings === undefined) {
    throw new InputError(`${folder} holds no run of horizon eval: it has no ${runFile}.`);
  }
  return settings;
}

/** What was run on what, as reports show it. */
export function describeRun(settings: RunSettings): { readonly title: string; readonly facts: Record<string, string> } {
  const { source, model, seed, limit, disabled, completion } = settings;
  const name = String(source.dataset ?? source.repository ?? source.files ?? "holes");
  return {
    title: `Horizon on ${name}`,
    facts: {
      Source: Object.entries(source)
        .map(([key, value]) => `${key} ${key === "sha256" ? String(value).slice(0, 12) : String(value)}`)
        .join(", "),
      Model: `${model.id} (${model.sha256.slice(0, 12)})${settings.backend === null ? "" : ` at ${settings.backend}`}`,
      Samples: `${settings.samples}${limit === null ? "" : ` (at most ${limit}, seed ${seed})`}`,
      Disabled: disabled.length === 0 ? "nothing" : disabled.join(", "),
      Limits: Object.entries(completion)
        .map(([key, value]) => `${key} ${value}`)
        .join(", "),
      Tests: settings.execution === "none" ? "not run" : settings.execution,
      Horizon: settings.version,
    },
  };
}

/**
 * Writes run.json, or makes sure that the one that is there says the same.
 *
 * @throws {InputError} when it does not; the message says where they differ
 */
export async function claimFolder(folder: string, settings: RunSettings): Promise<void> {
  const known = await readIfPresent(folder);
  if (known === undefined) {
    const path = join(folder, runFile);
    await writeFile(`${path}.new`, `${JSON.stringify(settings, undefined, 2)}\n`);
    await rename(`${path}.new`, path); // never half a file
    return;
  }
  const differences = findDifferences(known, settings);
  if (differences.length > 0) {
    throw new InputError(
      `${folder} holds a run with other settings: ${differences.join("; ")}. ` +
        "Go on with its settings, choose another --out, or remove the folder.",
    );
  }
}

/** In which fields two settings differ, as `seed: 0 there, 1 now`. */
export function findDifferences(there: unknown, now: unknown, path = ""): readonly string[] {
  if (isRecord(there) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(there), ...Object.keys(now)])];
    return keys.flatMap((key) => findDifferences(there[key], now[key], path === "" ? key : `${path}.${key}`));
  }
  const [a, b] = [JSON.stringify(there) ?? "nothing", JSON.stringify(now) ?? "nothing"];
  return a === b ? [] : [`${path}: ${a} there, ${b} now`];
}

async function readIfPresent(folder: string): Promise<RunSettings | undefined> {
  const path = join(folder, runFile);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw new InputError(`${path} cannot be read: ${errorMessage(error)}`);
  }
  return parseJson(text, runSettingsSchema, {
    notJson: () => `${path} is no JSON. Remove the folder, or choose another --out.`,
    notAsExpected: (problems) => `${path} is no run.json of this version: ${problems}. Choose another --out.`,
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
