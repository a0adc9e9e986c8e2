// Which arm of each experiment a user is in now, and what that changes.
import { type Client, OpenFeature, StandardResolutionReasons } from "@openfeature/server-sdk";
import { mostExperiments } from "../../telemetry/definitions.js";
import { InputError } from "../../workspace/inputError.js";
import type { Experiment, ExperimentFile } from "../experimentFile.js";
import { FlagdFileProvider } from "./flagdFileProvider.js";

/** What holds for a user at a time. */
export interface Assignment {
  /** Arm by experiment; only experiments that the user is in. */
  readonly arms: Readonly<Record<string, string>>;
  /** Settings by key below `horizon.`, such as `completion.maxLines`; they go before the user's own. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Nobody is in any experiment. */
export const noAssignment: Assignment = { arms: {}, settings: {} };

const hour = 3_600_000;

/** Another name for each file, so that OpenFeature keeps them apart. */
let domains = 0;

/** Draws arms: the same user is always in the same one, on whatever machine. */
export class ArmAssigner {
  readonly #experiments: readonly Experiment[];
  readonly #client: Client;

  private constructor(experiments: readonly Experiment[], client: Client) {
    this.#experiments = experiments;
    this.#client = client;
  }

  static async create({ experiments, flags }: ExperimentFile): Promise<ArmAssigner> {
    const domain = `horizon ${++domains}`;
    await OpenFeature.setProviderAndWait(domain, new FlagdFileProvider(flags));
    return new ArmAssigner(experiments, OpenFeature.getClient(domain));
  }

  /**
   * The arms of a user at a time. Targeting rules see `targetingKey` (the user), `block` (number of the block of time) and
   * `unit` (user and block, for experiments whose unit is a block).
   *
   * @param user random id
   * @param now milliseconds since 1970
   * @throws {InputError} when two experiments that the user is in set the same thing, or there are too many
   */
  async assign(user: string, now: number): Promise<Assignment> {
    const arms: Record<string, string> = {};
    const settings: Record<string, unknown> = {};
    const setBy: Record<string, string> = {};
    for (const { name, unit, blockHours, isRunning } of this.#experiments) {
      if (!isRunning) continue;
      const block = blockOf(now, blockHours);
      const details = await this.#client.getObjectDetails(
        name,
        {},
        { targetingKey: user, block, unit: unit === "block" ? `${user} ${block}` : user },
      );
      // The default is for those who are not in the experiment.
      if (details.reason !== StandardResolutionReasons.TARGETING_MATCH || details.variant === undefined) continue;
      arms[name] = details.variant;
      if (Object.keys(arms).length > mostExperiments) {
        throw new InputError(
          `A user may be in ${mostExperiments} experiments at once: end some, or keep their users apart (docs/experiments.md).`,
        );
      }
      for (const [key, value] of Object.entries(details.value as Readonly<Record<string, unknown>>)) {
        if (setBy[key] !== undefined) {
          throw new InputError(
            `The experiments ${setBy[key]} and ${name} both set ${key}: keep their users apart (docs/experiments.md).`,
          );
        }
        setBy[key] = name;
        settings[key] = value;
      }
    }
    return { arms, settings };
  }

  /** Milliseconds since 1970 at which a block of time ends that an experiment is drawn for; undefined if none is. */
  nextChange(now: number): number | undefined {
    const ends = this.#experiments
      .filter(({ unit, isRunning }) => isRunning && unit === "block")
      .map(({ blockHours }) => (blockOf(now, blockHours) + 1) * blockHours * hour);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }
}

/** Number of the block of time, from 1970 on, UTC. */
export function blockOf(time: number, blockHours: number): number {
  return Math.floor(time / (blockHours * hour));
}
