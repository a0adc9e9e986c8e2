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
  return {
    version,
    source,
    model: { id, sha256 },
    backend: options.backend?.url ?? null,
    threads: options.settings.model.threads || defaultThreads(),
    completion: { ...completionSettingsOf(options.settings) },
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
