// The options of `horizon eval run`, from the command line and from a config file.

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { engineFeatures } from "../../completion/features.js";
import { errorMessage } from "../../errorMessage.js";
import { parseRequirement, type Requirement } from "../../evaluation/requirement.js";
import type { Shard } from "../../evaluation/selection.js";
import { parseSettings, type Settings } from "../../settings.js";
import { InputError } from "../../workspace/inputError.js";
import { parseJson } from "../../workspace/parseJson.js";

/** As commander hands them over. */
export interface RunFlags {
  readonly dataset?: string;
  readonly data?: string;
  readonly repo?: string;
  readonly git?: string | true;
  readonly replay?: readonly string[];
  readonly out?: string;
  readonly model?: string;
  readonly backend?: string;
  readonly backendModel?: string;
  readonly limit?: string;
  readonly seed?: string;
  readonly shard?: string;
  readonly config?: string;
  readonly require?: readonly string[];
  readonly disable?: readonly string[];
  readonly execute?: true;
  readonly unsafeExecution?: true;
  readonly samplesPerTask?: string;
  readonly temperature?: string;
}

/** Where the holes come from. */
export type SourceOptions =
  | { readonly kind: "dataset"; readonly name: string; readonly file: string }
  | { readonly kind: "repository"; readonly directory: string; readonly commits: number | undefined }
  | { readonly kind: "replay"; readonly files: readonly string[] };

/** All options, checked. */
export interface RunOptions {
  readonly source: SourceOptions;
  readonly out: string;
  readonly model: string | undefined;
  readonly backend: { readonly url: string; readonly model: string | undefined } | undefined;
  readonly limit: number | undefined;
  readonly seed: number;
  readonly shard: Shard;
  readonly requirements: readonly Requirement[];
  readonly disabled: readonly string[];
  readonly execution: "none" | "sandbox" | "unsafe";
  readonly samplesPerTask: number;
  readonly temperature: number;
  readonly settings: Settings;
}

/** Commits of `--git` without a number: a few weeks of one person's work. */
const defaultCommits = 50;

const text = z.string().min(1);
const texts = z.union([text.transform((one) => [one]), z.array(text)]);
const count = z.union([z.number(), text]).transform(String);

/** A config file: the options by their names, and the editor's settings. */
const configSchema = z.strictObject({
  dataset: text.optional(),
  data: text.optional(),
  repo: text.optional(),
  git: z.union([z.literal(true), count]).optional(),
  replay: texts.optional(),
  out: text.optional(),
  model: text.optional(),
  backend: text.optional(),
  backendModel: text.optional(),
  limit: count.optional(),
  seed: count.optional(),
  shard: text.optional(),
  require: texts.optional(),
  disable: texts.optional(),
  execute: z.literal(true).optional(),
  unsafeExecution: z.literal(true).optional(),
  samplesPerTask: count.optional(),
  temperature: count.optional(),
  /** As in the editor's settings.json, without `horizon.` before the names. */
  settings: z.record(z.string(), z.unknown()).optional(),
});

/**
 * Reads the options; the command line goes before the config file.
 *
 * @throws {InputError} when one is wrong, missing, or does not go with another
 */
export async function readRunOptions(flags: RunFlags): Promise<RunOptions> {
  const { settings: section, ...config } = flags.config === undefined ? {} : await readConfig(flags.config);
  const given = { ...withoutUndefined(config), ...withoutUndefined(flags) } as RunFlags;
  const { settings, problems } = parseSettings(section ?? {});
  const [problem] = problems;
  if (problem !== undefined) {
    throw new InputError(`${flags.config}: ${problem.message}`);
  }
  const source = readSource(given);
  if (given.out === undefined) {
    throw new InputError("--out DIR is missing: say where the results go.");
  }
  const execution = given.unsafeExecution === true ? "unsafe" : given.execute === true ? "sandbox" : "none";
  const samplesPerTask = readNumber("--samples-per-task", given.samplesPerTask, 1, 1);
  if (samplesPerTask > 1 && execution === "none") {
    throw new InputError("--samples-per-task needs --execute: several samples serve pass@k alone.");
  }
  return {
    source,
    out: given.out,
    model: given.model,
    backend: given.backend === undefined ? undefined : { url: readUrl(given.backend), model: given.backendModel },
    limit: given.limit === undefined ? undefined : readNumber("--limit", given.limit, 0, 1),
    seed: readNumber("--seed", given.seed, 0, 0),
    shard: readShard(given.shard),
    requirements: (given.require ?? []).map(parseRequirement),
    disabled: readDisabled(given.disable ?? []),
    execution,
    samplesPerTask,
    temperature: readTemperature(given.temperature, samplesPerTask),
    settings,
  };
}

function readSource({ dataset, data, repo, git, replay }: RunFlags): SourceOptions {
  const named = [dataset !== undefined, repo !== undefined, replay !== undefined].filter(Boolean).length;
  if (named !== 1) {
    throw new InputError("Name one source of holes: --dataset NAME --data FILE, --repo DIR, or --replay FILE.");
  }
  if (dataset !== undefined) {
    if (data === undefined) {
      throw new InputError(`--data FILE is missing: name the file of ${dataset}, as its authors publish it.`);
    }
    return { kind: "dataset", name: dataset, file: data };
  }
  if (data !== undefined) {
    throw new InputError("--data goes with --dataset: say which dataset the file is.");
  }
  if (repo !== undefined) {
    const commits = git === undefined ? undefined : git === true ? defaultCommits : readNumber("--git", git, 0, 1);
    return { kind: "repository", directory: repo, commits };
  }
  if (git !== undefined) {
    throw new InputError("--git goes with --repo: say which repository.");
  }
  return { kind: "replay", files: replay ?? [] };
}

async function readConfig(file: string): Promise<z.infer<typeof configSchema>> {
  const notJson = (reason: string) => `--config: ${file} cannot be read as JSON: ${reason}`;
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new InputError(notJson(errorMessage(error)));
  });
  return parseJson(text, configSchema, { notJson, notAsExpected: (problems) => `--config: ${file}: ${problems}` });
}

function withoutUndefined<Value extends object>(value: Value): Partial<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Value>;
}

/** @throws {InputError} when it is no whole number from `least` on */
export function readNumber(option: string, given: string | undefined, standard: number, least: number): number {
  const value = given === undefined ? standard : Number(given);
  if (given !== undefined && (!/^\d+$/.test(given.trim()) || !Number.isSafeInteger(value) || value < least)) {
    throw new InputError(`${option} is "${given}", but must be a whole number from ${least}.`);
  }
  return value;
}

function readTemperature(given: string | undefined, samplesPerTask: number): number {
  // Chen et al. (arXiv 2107.03374) take 0.2 for pass@1 and 0.8 for pass@100; one sample is the greedy one.
  const standard = samplesPerTask === 1 ? 0 : 0.2;
  const value = given === undefined ? standard : Number(given);
  if (!(value >= 0 && value <= 2)) {
    throw new InputError(`--temperature is "${given}", but must be a number from 0 to 2.`);
  }
  if (samplesPerTask > 1 && value === 0) {
    throw new InputError("--samples-per-task needs a --temperature above 0: at 0 all samples are the same.");
  }
  return value;
}

/** @throws {InputError} when it is not `i/n` with 1 ≤ i ≤ n */
export function readShard(given: string | undefined): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(given ?? "1/1") ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (!(shard.index >= 1 && shard.index <= shard.count)) {
    throw new InputError(`--shard is "${given}", but must be I/N with I from 1 to N, for example 2/4.`);
  }
  return shard;
}

/** @throws {InputError} for a name that no feature has */
export function readDisabled(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!engineFeatures.some((feature) => feature.name === name)) {
      const known = engineFeatures.map((feature) => feature.name).join(", ");
      throw new InputError(`--disable: there is no feature "${name}". There are ${known}.`);
    }
  }
  return [...new Set(names)].sort();
}

function readUrl(given: string): string {
  try {
    const url = new URL(given);
    if (url.protocol === "http:" || url.protocol === "https:") {
      return given.replace(/\/+$/, "");
    }
  } catch {
    // told below
  }
  throw new InputError(`--backend is "${given}", but must be a URL such as http://127.0.0.1:8000.`);
}
