// `horizon eval merge`: puts the shards of a run together, into the files that one run would have written.

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { readLines } from "../../evaluation/lines.js";
import { claimFolder, findDifferences, type RunSettings, readRunSettings } from "../../evaluation/runSettings.js";
import { samplesFile, timingsFile } from "../../evaluation/sampleFiles.js";
import { InputError } from "../../workspace/inputError.js";
import { installationAround, loadInstalledLanguages } from "../../workspace/installation.js";
import { interruption } from "../interruption.js";
import { finishRun } from "./finish.js";
import { loadMetrics } from "./grammars.js";

/** The subcommand. */
export function mergeCommand(): Command {
  return new Command("merge")
    .description("Put the shards of a run together.")
    .argument("<SHARD...>", "the folders of all shards, finished")
    .requiredOption("--out <DIR>", "where the whole goes")
    .action(merge);
}

interface Shard {
  readonly folder: string;
  readonly settings: RunSettings;
}

async function merge(folders: readonly string[], { out }: { readonly out: string }): Promise<void> {
  const signal = interruption();
  const shards = await readShards(folders.map((folder) => resolve(folder)));
  const target = resolve(out);
  await mkdir(target, { recursive: true });
  const [first] = shards;
  if (first === undefined) {
    throw new InputError("Name the folders of the shards.");
  }
  if (shards.some(({ folder }) => folder === target)) {
    throw new InputError("--out is one of the shards; choose another folder.");
  }
  const samples = shards.reduce((sum, { settings }) => sum + settings.samples, 0);
  await claimFolder(target, { ...first.settings, shard: { index: 1, count: 1 }, samples });
  for (const file of [samplesFile, timingsFile]) {
    await interleave(shards, file, join(target, file), signal);
  }
  const installation = installationAround(import.meta.dirname);
  const languages = await loadInstalledLanguages(installation, () => {});
  const metrics = await loadMetrics(installation, languages);
  try {
    await finishRun(target, { metrics: metrics.all, holes: undefined, signal });
  } finally {
    await metrics.dispose();
    await languages.dispose();
  }
  process.stderr.write(`${samples} samples of ${shards.length} shards. Report: ${join(out, "report.html")}\n`);
}

/** The shards in their order. @throws {InputError} when they are not all the shards of one run */
async function readShards(folders: readonly string[]): Promise<readonly Shard[]> {
  const shards = await Promise.all(
    folders.map(async (folder) => ({ folder, settings: await readRunSettings(folder) })),
  );
  shards.sort((a, b) => a.settings.shard.index - b.settings.shard.index);
  const [first] = shards;
  for (const { folder, settings } of shards) {
    const same = (one: RunSettings | undefined) => one && { ...one, shard: one.shard.count, samples: 0 };
    const differences = findDifferences(same(first?.settings), same(settings));
    if (differences.length > 0) {
      throw new InputError(`${folder} is of another run than ${first?.folder}: ${differences.join("; ")}.`);
    }
  }
  const count = first?.settings.shard.count ?? 0;
  const indices = shards.map(({ settings }) => settings.shard.index);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !indices.includes(index));
  if (missing.length > 0) {
    throw new InputError(
      `The run has ${count} shards; ${missing.map((index) => `${index}/${count}`).join(", ")} is missing.`,
    );
  }
  if (indices.length > count) {
    throw new InputError(`A shard is named twice: there are ${indices.length} folders of ${count} shards.`);
  }
  return shards;
}

/** Line by line in turn, as the samples were dealt out. */
async function interleave(shards: readonly Shard[], file: string, target: string, signal: AbortSignal): Promise<void> {
  const output = createWriteStream(target);
  const readers = shards.map(({ folder }) => readLines(join(folder, file), "text"));
  try {
    const total = shards.reduce((sum, { settings }) => sum + settings.samples, 0);
    for (let number = 0; number < total; number++) {
      signal.throwIfAborted();
      const index = number % shards.length;
      const line = await readers[index]?.next();
      if (line === undefined || line.done === true) {
        const { folder, settings } = shards[index] as Shard;
        throw new InputError(
          `${join(folder, file)} ends after ${Math.floor(number / shards.length)} of ${settings.samples} samples. Finish that shard first.`,
        );
      }
      if (!output.write(`${line.value.text}\n`)) {
        await once(output, "drain");
      }
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return(undefined)));
    output.end();
    await once(output, "close");
  }
}
