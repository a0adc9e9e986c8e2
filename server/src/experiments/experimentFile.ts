// The file that says which experiments run: flagd's format (https://flagd.dev/reference/flag-definitions/), where each flag
// is an experiment, each variant an arm, and an arm's value the settings that it overrides. What flagd does not know of
// (what the experiment is judged by, for how long) stands in the flag's metadata.
import { FlagdCore } from "@openfeature/flagd-core";
import { z } from "zod";
import { errorMessage } from "../errorMessage.js";
import { InputError } from "../workspace/inputError.js";
import { parseJson } from "../workspace/parseJson.js";
import { type MetricName, metricNames } from "./metrics.js";

/** Names go into events as they are. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

const metadataSchema = z.strictObject({
  unit: z.enum(["user", "block"]).default("user"),
  blockHours: z.int().min(1).max(168).default(4),
  control: name.optional(),
  start: z.iso.date().optional(),
  days: z.int().min(1).max(365).default(14),
  primary: z.enum(metricNames).default("acceptance"),
  guardrails: z.string().default("latency, slow, undone"),
  guardrailMargin: z.number().gt(0).max(1).default(0.1),
  alpha: z.number().gt(0).max(0.5).default(0.05),
});

const fileSchema = z.looseObject({
  flags: z.record(
    name,
    z.looseObject({
      state: z.enum(["ENABLED", "DISABLED"]),
      variants: z.record(name, z.record(z.string(), z.json())),
      defaultVariant: name.nullish(),
      targeting: z.json().optional(),
      metadata: metadataSchema.prefault({}),
    }),
  ),
});

/** One experiment. */
export interface Experiment {
  readonly name: string;
  /** False: the kill switch was thrown, everybody has the settings of their own. */
  readonly isRunning: boolean;
  /** What the arms are drawn for: a user, or a block of time of a user. */
  readonly unit: "user" | "block";
  /** Length of a block of time; blocks begin at whole multiples of it since 1970, UTC. */
  readonly blockHours: number;
  /** Its arms with their weights, the control first. */
  readonly arms: readonly { readonly name: string; readonly weight: number }[];
  /** First day that counts, in days since 1970; undefined for the first day with an event. */
  readonly startDay: number | undefined;
  /** Days that were planned, with a look after each. */
  readonly days: number;
  readonly primary: MetricName;
  readonly guardrails: readonly MetricName[];
  /** Share of the control's figure by which a guardrail may be worse. */
  readonly guardrailMargin: number;
  /** Permitted share of experiments without an effect in which one is seen. */
  readonly alpha: number;
}

/** A file that can be used. */
export interface ExperimentFile {
  readonly experiments: readonly Experiment[];
  /** flagd's own evaluation of it. */
  readonly flags: FlagdCore;
}

const day = 86_400_000;

/**
 * Reads a file of experiments.
 *
 * @param file its name, for messages
 * @throws {InputError} that says what is wrong with it
 */
export function readExperiments(text: string, file: string): ExperimentFile {
  const parsed = parseJson(text, fileSchema, {
    notJson: (reason) => `${file} is no JSON: ${reason}`,
    notAsExpected: (problems) => `${file} does not describe experiments (see docs/experiments.md):\n${problems}`,
  });
  const flags = new FlagdCore();
  try {
    flags.setConfigurations(text);
  } catch (error) {
    throw new InputError(`${file} is not in flagd's format: ${errorMessage(error)}`);
  }
  const experiments = Object.entries(parsed.flags).map(
    ([flag, { state, variants, targeting, metadata }]): Experiment => {
      const weights = findWeights(targeting, new Set(Object.keys(variants)));
      if (weights === undefined) {
        throw new InputError(
          `${file}: ${flag} draws no arms; its targeting needs a "fractional" over at least two of its variants.`,
        );
      }
      const control = metadata.control ?? (weights[0] as { readonly name: string }).name;
      if (!weights.some((arm) => arm.name === control)) {
        throw new InputError(`${file}: ${flag} has no arm "${control}" to be the control.`);
      }
      return {
        name: flag,
        isRunning: state === "ENABLED",
        unit: metadata.unit,
        blockHours: metadata.blockHours,
        arms: [...weights].sort((one, other) => Number(other.name === control) - Number(one.name === control)),
        startDay: metadata.start === undefined ? undefined : Date.parse(metadata.start) / day,
        days: metadata.days,
        primary: metadata.primary,
        guardrails: readGuardrails(metadata.guardrails, `${file}: ${flag}`),
        guardrailMargin: metadata.guardrailMargin,
        alpha: metadata.alpha,
      };
    },
  );
  return { experiments, flags };
}

function readGuardrails(list: string, place: string): readonly MetricName[] {
  const names = list.split(/[\s,]+/).filter((part) => part !== "");
  for (const part of names) {
    if (!metricNames.some((known) => known === part)) {
      throw new InputError(`${place} has a guardrail "${part}"; there are ${metricNames.join(", ")}.`);
    }
  }
  return names as readonly MetricName[];
}

/** The weights of the first `fractional` whose parts are all variants of the flag. */
function findWeights(
  rule: unknown,
  variants: ReadonlySet<string>,
): readonly { readonly name: string; readonly weight: number }[] | undefined {
  if (typeof rule !== "object" || rule === null) {
    return undefined;
  }
  for (const [operation, operand] of Object.entries(rule)) {
    if (operation === "fractional" && Array.isArray(operand)) {
      const parts = operand.filter(Array.isArray).map(([part, weight = 1]) => ({ name: part, weight }));
      const isOurs = parts.every((part) => variants.has(part.name) && typeof part.weight === "number");
      if (isOurs && parts.filter(({ weight }) => weight > 0).length >= 2) {
        return parts.filter(({ weight }) => weight > 0);
      }
    }
    const found = findWeights(operand, variants);
    if (found !== undefined) return found;
  }
  return undefined;
}
