// The experiments that the user takes part in: which arm of each is theirs now. Nothing of this is loaded without a file.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import {
  type Connection,
  Emitter,
  type Event,
  type InitializeParams,
  MessageType,
  type ServerCapabilities,
  ShowMessageNotification,
} from "vscode-languageserver/node";
import { errorMessage } from "../errorMessage.js";
import type { ArmAssigner, Assignment } from "../experiments/assignment/assignArms.js";
import { readUser } from "../telemetry/identity.js";
import type { Feature } from "./feature.js";
import { readInitializationOptions } from "./initializationOptions.js";
import { expandHome } from "./model.js";

/** Between two looks at the file, in milliseconds: a kill switch must not wait for the next start. */
const lookInterval = 60_000;

const none: Assignment = { arms: {}, settings: {} };

/** Follows the file of experiments and the blocks of time. */
export class Arms implements Feature {
  readonly #now: () => number;
  readonly #changed = new Emitter<void>();
  #connection: Connection | undefined;
  #userDirectory: string | undefined;
  #file = "";
  #text: string | undefined;
  #assigner: ArmAssigner | undefined;
  #assignment: Assignment = none;
  #timer: NodeJS.Timeout | undefined;
  #told: string | undefined;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Fires when the arms are others than before. */
  readonly onDidChange: Event<void> = this.#changed.event;

  /** The file that is followed; empty for none. */
  get file(): string {
    return this.#file;
  }

  /** Arm by experiment; undefined where the user is in none. */
  get assigned(): Readonly<Record<string, string>> | undefined {
    const { arms } = this.#assignment;
    return Object.keys(arms).length === 0 ? undefined : arms;
  }

  /** What the arms set, by key below `horizon.`. */
  get settings(): Readonly<Record<string, unknown>> {
    return this.#assignment.settings;
  }

  initialize(params: InitializeParams): ServerCapabilities {
    const { globalStoragePath } = readInitializationOptions(params.initializationOptions);
    // Where the client's telemetry keeps the user's id (client/src/telemetry).
    this.#userDirectory = globalStoragePath === undefined ? undefined : path.join(globalStoragePath, "telemetry");
    return {};
  }

  register(connection: Connection): void {
    this.#connection = connection;
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }

  /** Takes part in the experiments of another file; an empty name ends all. Never rejects: the user is told. */
  async follow(file: string): Promise<void> {
    this.#file = file;
    this.#text = undefined;
    this.#assigner = undefined;
    await this.look();
  }

  /** Reads the file if it has changed, and assigns the arms of now. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const file = this.#file;
    let assignment = none;
    if (file !== "") {
      try {
        assignment = await this.#assign(file);
      } catch (error) {
        // Without a file that can be read nobody is in an experiment.
        this.#tell(`No experiment runs: ${errorMessage(error)}`);
      }
      if (file !== this.#file) return;
      this.#wait();
    }
    if (JSON.stringify(assignment) !== JSON.stringify(this.#assignment)) {
      this.#assignment = assignment;
      this.#changed.fire();
    }
  }

  async #assign(file: string): Promise<Assignment> {
    if (this.#userDirectory === undefined) {
      throw new Error("the editor keeps no id for its user (initializationOptions.globalStoragePath).");
    }
    const text = await readFile(expandHome(file, homedir()), "utf8");
    if (text !== this.#text || this.#assigner === undefined) {
      const [{ readExperiments }, { ArmAssigner }] = await Promise.all([
        import("../experiments/experimentFile.js"),
        import("../experiments/assignment/assignArms.js"),
      ]);
      this.#assigner = await ArmAssigner.create(readExperiments(text, file));
      this.#text = text;
    }
    const user = await readUser(this.#userDirectory, randomUUID);
    const assignment = await this.#assigner.assign(user, this.#now());
    this.#told = undefined;
    return assignment;
  }

  /** Looks again in a while, or when a block of time ends. */
  #wait(): void {
    const now = this.#now();
    const end = this.#assigner?.nextChange(now) ?? Number.POSITIVE_INFINITY;
    this.#timer = setTimeout(() => void this.look(), Math.min(lookInterval, Math.max(1, end - now))).unref();
  }

  #tell(message: string): void {
    if (this.#told === message) return;
    this.#told = message;
    this.#connection?.console.warn(message);
    this.#connection
      ?.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message })
      .catch(() => {});
  }
}
