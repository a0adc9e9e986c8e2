// The first-run benchmark: measures the machine when nothing else is to be done, keeps what it found, and measures again
// when the machine has become slower for good.
import { availableParallelism } from "node:os";
import { errorMessage } from "../errorMessage.js";
import type { ThreadSpeed } from "../inference/machineProfile.js";
import { chooseProfile, type MachineProfile } from "../inference/machineProfile.js";
import { readManifest } from "../inference/manifest.js";
import { Slowness } from "../inference/slowness.js";
import { type Profiles, profileKey } from "./profiles.js";

/** Milliseconds without a suggestion being written before the machine is measured: it must not be in the user's way. */
const quietMilliseconds = 3000;

/** Milliseconds between two measurements: a machine that stays slow is not measured the whole day. */
const fewestBetween = 30 * 60_000;

export interface CalibrationOptions {
  /** Where profiles are kept; nothing is measured where nothing can be kept. */
  readonly profiles: () => Profiles | undefined;
  readonly version: string;
  readonly measure: (directory: string, signal: AbortSignal) => Promise<readonly ThreadSpeed[]>;
  readonly isBusy: () => boolean;
  /** Resolves after some milliseconds, or when the signal aborts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/** Knows what was measured of this machine. */
export class Calibration {
  readonly #options: CalibrationOptions;
  readonly #slowness = new Slowness();
  #measuredAt = Number.NEGATIVE_INFINITY;
  #isMeasuring = false;

  constructor(options: CalibrationOptions) {
    this.#options = options;
  }

  /** What was measured for a model; undefined before the first time. Never rejects. */
  async find(directory: string): Promise<MachineProfile | undefined> {
    const profiles = this.#options.profiles();
    const found = await profiles?.read(await this.#keyOf(directory)).catch(() => undefined);
    return found !== undefined && found.threads <= availableParallelism() ? found : undefined;
  }

  /**
   * Measures once it is quiet.
   *
   * @returns what was chosen; undefined when it was given up, cannot be kept, or is being done already
   */
  async measure(directory: string, signal: AbortSignal): Promise<MachineProfile | undefined> {
    const { profiles, measure, isBusy, wait, now, log } = this.#options;
    const kept = profiles();
    if (kept === undefined || this.#isMeasuring) {
      return undefined;
    }
    this.#isMeasuring = true;
    try {
      do {
        await wait(quietMilliseconds, signal);
      } while (isBusy() && !signal.aborted);
      if (signal.aborted) {
        return undefined;
      }
      this.#measuredAt = now();
      const { limits } = await readManifest(directory);
      const speeds = await measure(directory, signal);
      if (signal.aborted) {
        return undefined;
      }
      if (speeds.length === 0) {
        log("This machine could not be measured: the model did not manage one round in time. It is tried again later.");
        return undefined;
      }
      const profile = chooseProfile(speeds, limits);
      await kept.write(await this.#keyOf(directory), profile);
      return profile;
    } catch (error) {
      log(`This machine could not be measured: ${errorMessage(error)}`);
      return undefined;
    } finally {
      this.#isMeasuring = false;
    }
  }

  /**
   * A suggestion was written.
   *
   * @param millisecondsPerToken what each of its tokens took
   * @returns whether the machine is to be measured again
   */
  note(profile: MachineProfile, millisecondsPerToken: number): boolean {
    const now = this.#options.now();
    const isSlower = this.#slowness.note((millisecondsPerToken * profile.decodeTokensPerSecond) / 1000, now);
    return isSlower && now - this.#measuredAt >= fewestBetween;
  }

  async #keyOf(directory: string): Promise<string> {
    const { files } = await readManifest(directory);
    return profileKey(files.weights.sha256, this.#options.version);
  }
}
