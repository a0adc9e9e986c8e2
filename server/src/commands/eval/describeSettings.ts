// The settings of a run, as run.json keeps them.
import { version } from "../../../../package.json";
import type { RunSettings } from "../../evaluation/runSettings.js";
import { defaultThreads } from "../../inference/loadModel.js";
import { completionSettingsOf } from "../../workspace/installation.js";
import type { RunOptions } from "./options.js";

/** All that a run's samples are a function of. */
export function describeSettings(
  options: RunOptions,
  source: RunSettings["source"],
  { id, sha256 }: { readonly id: string; readonly sha256: string },
  samples: number,
): RunSettings {
  // Settings are read of no experiment here: what is left out is on the command line.
  const { disabled: _, ...completion } = completionSettingsOf(options.settings);
  return {
    version,
    source,
    model: { id, sha256 },
    backend: options.backend?.url ?? null,
    threads: options.settings.model.threads || defaultThreads(),
    completion,
    disabled: [...options.disabled],
    seed: options.seed,
    limit: options.limit ?? null,
    samplesPerTask: options.samplesPerTask,
    temperature: options.temperature,
    execution: options.execution,
    shard: options.shard,
    samples,
  };
}
