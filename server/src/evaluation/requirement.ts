// `--require 'exactMatch>=0.3'`: bars that a run's figures must clear.
import { InputError } from "../workspace/inputError.js";

const comparisons = {
  ">=": (value: number, bar: number) => value >= bar,
  "<=": (value: number, bar: number) => value <= bar,
  ">": (value: number, bar: number) => value > bar,
  "<": (value: number, bar: number) => value < bar,
} as const;

/** A bar. */
export interface Requirement {
  /** As the user wrote it. */
  readonly text: string;
  /** A metric's name; `raw.` before it for the figure without post-processing. */
  readonly metric: string;
  readonly comparison: keyof typeof comparisons;
  readonly bar: number;
}

/** @throws {InputError} when it is something else */
export function parseRequirement(text: string): Requirement {
  const [, metric, comparison, bar] = /^\s*([\w.@-]+)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (metric === undefined || comparison === undefined || bar === undefined) {
    throw new InputError(`--require: "${text}" must be METRIC>=NUMBER (or >, <=, <), for example exactMatch>=0.3.`);
  }
  return { text, metric, comparison: comparison as Requirement["comparison"], bar: Number(bar) };
}

/** A run's figures, as in summary.json. */
export interface Figures {
  readonly metrics: Readonly<Record<string, { readonly value: number }>>;
  readonly rawMetrics: Readonly<Record<string, { readonly value: number }>>;
}

/** Why bars are missed, one line each; empty when all are cleared. */
export function findMissed(requirements: readonly Requirement[], { metrics, rawMetrics }: Figures): readonly string[] {
  return requirements.flatMap(({ text, metric, comparison, bar }) => {
    const figure = metric.startsWith("raw.") ? rawMetrics[metric.slice(4)] : metrics[metric];
    if (figure === undefined) {
      const known = Object.keys(metrics).join(", ");
      return [`--require ${text}: this run has no figure "${metric}". It has: ${known || "none"}.`];
    }
    return comparisons[comparison](figure.value, bar)
      ? []
      : [`--require ${text} is missed: ${metric} is ${figure.value}.`];
  });
}
