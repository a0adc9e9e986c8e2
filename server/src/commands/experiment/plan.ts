// `horizon experiment plan`: how many users it takes to see an effect.
import { Command } from "commander";
import { InputError } from "../../workspace/inputError.js";
import { withStorage } from "../collect/withStorage.js";

interface PlanFlags {
  readonly baseline?: string;
  readonly effect: string;
  readonly userDeviation?: string;
  readonly perDay?: string;
  readonly activityVariation?: string;
  readonly days: string;
  readonly alpha: string;
  readonly power: string;
  readonly share: string;
  readonly database?: string;
  readonly metric: string;
  readonly json?: true;
}

/** Seed of the draws that the plan is computed from: the same question gets the same answer. */
const seed = 1;

/** The subcommand. */
export function planCommand(): Command {
  return new Command("plan")
    .description("Say how many users it takes to see an effect, looking every day.")
    .requiredOption("--effect <CHANGE>", "what the treatment is to add to the metric, such as 0.02")
    .option("--baseline <SHARE>", "the metric without it, between 0 and 1")
    .option("--user-deviation <SHARE>", "standard deviation of the metric between users")
    .option("--per-day <COUNT>", "what the metric counts per user and day, such as suggestions that were seen")
    .option("--activity-variation <RATIO>", "standard deviation of users' activity over its mean")
    .option("--database <PLACE>", "take these four from what a collector has: an SQLite file or a connection string")
    .option("--metric <NAME>", "the metric to take them of; it must be a share", "acceptance")
    .option("--days <DAYS>", "days that the experiment runs, one look after each", "14")
    .option("--alpha <SHARE>", "permitted share of experiments in which an effect is seen that is none", "0.05")
    .option("--power <SHARE>", "wanted probability of seeing the effect", "0.8")
    .option("--share <SHARE>", "share of the users in the treatment", "0.5")
    .option("--json", "write JSON")
    .addHelpText(
      "after",
      "\nExample:\n  horizon experiment plan --effect 0.03 --baseline 0.3 --user-deviation 0.12 --per-day 60 --activity-variation 1.2",
    )
    .action(plan);
}

async function plan(flags: PlanFlags): Promise<void> {
  const known = flags.database === undefined ? {} : await estimate(flags.database, flags.metric);
  const read = (option: Estimated, text: string | undefined, least: number, most: number) =>
    (text === undefined ? known[option] : undefined) ?? numberOf(flagNames[option], text, least, most);
  const input = {
    baseline: read("baseline", flags.baseline, 1e-6, 1 - 1e-6),
    effect: numberOf("--effect", flags.effect, -1, 1),
    userDeviation: read("userDeviation", flags.userDeviation, 0, 1),
    perDay: read("perDay", flags.perDay, 1e-6, 1e6),
    activityVariation: read("activityVariation", flags.activityVariation, 0, 20),
    days: numberOf("--days", flags.days, 1, 365),
    alpha: numberOf("--alpha", flags.alpha, 1e-4, 0.5),
    power: numberOf("--power", flags.power, 0.01, 0.999),
    treatmentShare: numberOf("--share", flags.share, 0.01, 0.99),
  };
  if (input.effect === 0 || !Number.isInteger(input.days) || input.power <= input.alpha) {
    throw new InputError("--effect must not be 0, --days must be a whole number, and --power must be above --alpha.");
  }
  const [{ planExperiment }, { seededRandom }] = await Promise.all([
    import("../../experiments/analysis/plan.js"),
    import("../../statistics/seededRandom.js"),
  ]);
  const planned = planExperiment(input, seededRandom(seed));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ ...planned, input }, undefined, 2)}\n`);
    return;
  }
  const { users, usersWithOneLook, meanDaysToDecision } = planned;
  if (!Number.isFinite(users)) {
    throw new InputError("No million of users would show so small an effect; look for a larger one, or longer.");
  }
  process.stdout.write(
    `${users} users in all arms together, for ${input.days} days: an effect of ${input.effect} on ${input.baseline.toFixed(3)} ` +
      `is seen with a probability of ${input.power}.\n` +
      `With one look at the end it would be ${usersWithOneLook}. Looking every day, it is seen after ${meanDaysToDecision.toFixed(1)} days on average.\n`,
  );
}

/** What a collector's events can tell in place of these options. */
const flagNames = {
  baseline: "--baseline",
  userDeviation: "--user-deviation",
  perDay: "--per-day",
  activityVariation: "--activity-variation",
} as const;
type Estimated = keyof typeof flagNames;

/** @throws {InputError} */
function numberOf(option: string, text: string | undefined, least: number, most: number): number {
  if (text === undefined) {
    throw new InputError(`${option} is needed, or --database with events to take it from.`);
  }
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value <= most)) {
    throw new InputError(`${option}: "${text}" must be a number from ${least} to ${most}.`);
  }
  return value;
}

async function estimate(database: string, name: string): Promise<Partial<Readonly<Record<Estimated, number>>>> {
  const [{ metrics }, { estimatePlanInput }] = await Promise.all([
    import("../../experiments/metrics.js"),
    import("../../experiments/analysis/planEstimate.js"),
  ]);
  const metric = metrics.find((one) => one.name === name);
  if (metric?.unit !== "share") {
    const shares = metrics.filter(({ unit }) => unit === "share").map((one) => one.name);
    throw new InputError(`--metric: "${name}" must be one of ${shares.join(", ")}.`);
  }
  const found = await withStorage({ database }, (storage) => estimatePlanInput(metric, storage.sums()));
  if (found === undefined) {
    throw new InputError(`${database} has fewer than two users with anything to count for ${name}.`);
  }
  return found;
}
