// Sends events when all of this holds: the setting says so, there is a receiver, VS Code's own telemetry is on, and the
// user has agreed to this receiver and this schema in a dialog. Until then the sender is not even loaded.
import path from "node:path";
import {
  commands,
  type Disposable,
  type ExtensionContext,
  env,
  type LogOutputChannel,
  window,
  workspace,
} from "vscode";
import { errorMessage } from "../../../server/src/errorMessage.js";
import { type Agreement, notAgreed, obstacleToSending } from "../../../server/src/telemetry/consent.js";
import { schemaVersion } from "../../../server/src/telemetry/definitions.js";
import { telemetrySettings } from "./settings.js";
import type { Telemetry } from "./telemetry.js";

const agreementKey = "horizon.telemetry.agreement";
const refusalKey = "horizon.telemetry.refusal";
const tokenKey = "horizon.telemetry.token";

/** Milliseconds from one round of sending to the next. */
const sendInterval = 60_000;

/** After failures the pause doubles up to this: a receiver that is away for a week is asked every hour. */
const longestPause = 3_600_000;

/** The bundle that can send and render; see server/src/telemetryView/tools.ts. */
export type TelemetryTools = typeof import("../../../server/src/telemetryView/tools.js");

/** Milliseconds to the next round after so many failures in a row; between a half and all of the pause, by chance. */
export function pauseAfter(failures: number, chance: () => number): number {
  const pause = Math.min(longestPause, sendInterval * 2 ** failures);
  return failures === 0 ? pause : pause * (0.5 + chance() / 2);
}

/** Owns the rounds of sending of one window. */
export class Sending implements Disposable {
  readonly #context: ExtensionContext;
  readonly #telemetry: Telemetry;
  readonly #log: LogOutputChannel;
  readonly #stopped = new AbortController();
  readonly #subscriptions: Disposable[];
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #round: Promise<void> | undefined;
  #hasAsked = false;
  #warned: string | undefined;

  constructor(context: ExtensionContext, telemetry: Telemetry, log: LogOutputChannel) {
    this.#context = context;
    this.#telemetry = telemetry;
    this.#log = log;
    this.#subscriptions = [
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("horizon.telemetry")) {
          const isNewQuestion =
            event.affectsConfiguration("horizon.telemetry.send") ||
            event.affectsConfiguration("horizon.telemetry.endpoint");
          void this.#settingsChanged(isNewQuestion);
        }
      }),
      env.onDidChangeTelemetryEnabled(() => this.#schedule(0)),
    ];
    this.#schedule(sendInterval);
  }

  /** The bundle with what is seldom needed. */
  get tools(): TelemetryTools {
    return require(this.#context.asAbsolutePath(path.join("dist", "telemetryTools.js"))) as TelemetryTools;
  }

  get agreement(): Agreement | undefined {
    return this.#context.globalState.get<Agreement>(agreementKey);
  }

  /** Why nothing is sent, in words; undefined when events are sent. */
  get obstacle(): string | undefined {
    const { record, send, endpoint } = telemetrySettings();
    const { agreement } = this;
    return obstacleToSending({ record, send, endpoint, isEditorTelemetryOn: env.isTelemetryEnabled, agreement });
  }

  /** Sets the token that the receiver asks for; it is kept in VS Code's store of secrets. */
  async setToken(): Promise<void> {
    const token = await window.showInputBox({
      title: "Horizon: token of the telemetry receiver",
      prompt: "Leave it empty to send without one.",
      password: true,
      ignoreFocusOut: true,
    });
    if (token !== undefined) {
      await (token === "" ? this.#context.secrets.delete(tokenKey) : this.#context.secrets.store(tokenKey, token));
      this.#warned = undefined;
      this.#schedule(0);
    }
  }

  /** The user's data were deleted: what is recorded from now on may be sent, if anything may. */
  async renewAgreement(): Promise<void> {
    const { agreement } = this;
    if (agreement !== undefined) {
      await this.#context.globalState.update(agreementKey, { ...agreement, since: Date.now() });
    }
  }

  dispose(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
  }

  /** @param isNewQuestion sending was switched on, or goes elsewhere: who has said no may be asked again */
  async #settingsChanged(isNewQuestion: boolean): Promise<void> {
    if (isNewQuestion) {
      this.#hasAsked = false;
      await this.#context.globalState.update(refusalKey, undefined);
    }
    this.#warned = undefined;
    this.#schedule(0);
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped.signal.aborted) {
      return;
    }
    this.#timer = setTimeout(() => {
      this.#round ??= this.#send().finally(() => {
        this.#round = undefined;
        this.#schedule(pauseAfter(this.#failures, Math.random));
      });
    }, milliseconds);
  }

  async #send(): Promise<void> {
    if (this.obstacle === notAgreed) {
      await this.#ask();
    }
    const { agreement } = this;
    if (this.obstacle !== undefined || agreement === undefined) {
      return;
    }
    const { endpoint, fields } = telemetrySettings();
    try {
      const token = await this.#context.secrets.get(tokenKey);
      const { directory, home } = this.#telemetry;
      const result = await this.tools.sendEvents(
        { directory, home, receiver: { endpoint, token }, agreement, fields },
        this.#stopped.signal,
      );
      if (result === undefined) {
        return; // another window is at it
      }
      if (result.refused > 0) {
        this.#log.warn(
          `${endpoint} refused ${result.refused} events of telemetry for good; they stay on this machine.`,
        );
      }
      this.#failures = result.problem === undefined ? 0 : this.#failures + 1;
      if (result.problem !== undefined) {
        this.#log.info(`Telemetry waits: ${endpoint} did not take the events (${result.problem.message}).`);
        if (result.problem.type === "blocked") {
          this.#warn(result.problem.message);
        }
      }
    } catch (error) {
      this.#failures++;
      this.#log.warn(`Telemetry could not be sent: ${errorMessage(error)}`);
    }
  }

  /** Asks once; who has said no is not asked at the next start either, but when sending is switched on anew. */
  async #ask(): Promise<void> {
    const { endpoint } = telemetrySettings();
    const refusal = this.#context.globalState.get<Pick<Agreement, "endpoint" | "schemaVersion">>(refusalKey);
    if (this.#hasAsked || (refusal?.endpoint === endpoint && refusal.schemaVersion === schemaVersion)) {
      return;
    }
    this.#hasAsked = true;
    const isPlain = endpoint.startsWith("http:");
    const answer = await window.showInformationMessage(
      `Send what Horizon's suggestions came to, from now on, to ${endpoint}${isPlain ? " (not encrypted)" : ""}? Sizes, ` +
        "times and similarities under a random id: no code, no paths, no names.",
      "Agree",
      "Show My Data",
      "No",
    );
    if (answer === "Agree") {
      const agreement: Agreement = { since: Date.now(), endpoint, schemaVersion };
      await this.#context.globalState.update(agreementKey, agreement);
    } else if (answer === "Show My Data") {
      this.#hasAsked = false; // asked again at the next round, when the page has been read
      await commands.executeCommand("horizon.showMyData");
    } else if (answer === "No") {
      await this.#context.globalState.update(refusalKey, { endpoint, schemaVersion });
    }
  }

  #warn(message: string): void {
    if (this.#warned !== message) {
      this.#warned = message;
      void window.showWarningMessage(
        `Horizon's telemetry is not taken: ${message}. Check horizon.telemetry.endpoint and “Horizon: Set Telemetry Token”.`,
      );
    }
  }
}
