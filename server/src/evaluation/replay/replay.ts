// Types a piece of a file, asks the engine after every key as the editor does, and says what came of it.

import { CompletionEngine } from "../../completion/engine.js";
import type { Settings } from "../../settings.js";
import type { Languages } from "../../syntax/languages.js";
import { hashText } from "../../textHash.js";
import { completionSettingsOf } from "../../workspace/installation.js";
import { answerOf } from "../askEngine.js";
import type { Hole, SampleRecord, SampleTimings } from "../hole.js";
import { type ScoringOptions, scoreAnswer } from "../scoring.js";
import { createCadence } from "./cadence.js";
import { nextKey, type Session } from "./sessions.js";
import type { VirtualModel } from "./virtualModel.js";

/** Shortest text that is accepted: with less, Tab saves nothing. */
const shortestAccepted = 2;

export interface ReplayOptions {
  readonly model: VirtualModel;
  readonly settings: Settings;
  readonly languages: Languages;
  readonly disabled: ReadonlySet<string>;
  readonly repository: string;
  readonly scoring: ScoringOptions;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Milliseconds of a real clock. */
  readonly now: () => number;
}

/** What came of one key. */
export interface ReplayedKey {
  readonly record: SampleRecord;
  /** Measured, not virtual. */
  readonly timings: SampleTimings;
  /** Characters that are there now: typed or accepted. */
  readonly offset: number;
}

/**
 * Replays a session. After every key the engine is asked; when the answer's first line is there before the next key and
 * all of the answer is what would have been typed, it is accepted. What the engine and the model remember is kept within
 * the session. The document is what has been typed, never more.
 *
 * @throws {ModelError} when the model fails
 */
export async function* replaySession(session: Session, options: ReplayOptions): AsyncGenerator<ReplayedKey> {
  const { model, settings, languages, disabled, repository, scoring, seed, signal, now } = options;
  const { path, languageId, text, start, end } = session;
  const cadence = createCadence(hashText(session.id, seed) >>> 0);
  model.beginSession();
  const engine = new CompletionEngine({
    model,
    clock: model,
    settings: completionSettingsOf(settings),
    languages,
    disabled,
    parseLimit: Number.POSITIVE_INFINITY,
  });
  let version = 0;
  for (let offset = start; offset < end; ) {
    const key = nextKey(text, offset);
    offset += key.length;
    if (offset >= end) {
      return;
    }
    const typed = text.slice(0, offset);
    const interval = cadence(key.charAt(0), nextKey(text, offset).charAt(0));
    const patience = model.beginRequest(interval);
    const document = { uri: `replay:/${path}`, path, repository, languageId, version: ++version, text: typed };
    const asked = model.now();
    const started = now();
    let firstLine: number | undefined;
    let shownAt: number | undefined;
    const updates = engine.complete({ document, offset, cause: "typing" }, AbortSignal.any([patience, signal]));
    let next = await updates.next();
    while (next.done !== true) {
      firstLine ??= now() - started;
      shownAt ??= model.now();
      next = await updates.next();
    }
    const total = now() - started;
    const observation = model.endRequest();
    signal.throwIfAborted();

    const result = next.value;
    const answer = answerOf(result, observation);
    const suggested = answer.suggestion.text;
    const rest = text.slice(offset, end);
    const latency = (shownAt ?? model.now()) - asked;
    const isShown = suggested !== "" && latency <= interval;
    const isRight = isShown && rest.startsWith(suggested);
    const isAccepted = isRight && suggested.length >= shortestAccepted;
    const hole: Hole = {
      id: `${session.id}:${offset}`,
      cluster: path,
      path,
      repository,
      languageId,
      prefix: typed,
      middle: truthOf(rest, suggested),
      suffix: "",
      kind: `replay:${result.source ?? "none"}`,
    };
    const record = scoreAnswer(hole, answer, scoring, {
      metrics: {
        answeredInTime: Number(patience.aborted ? isShown : true),
        ghostShown: Number(isShown),
        ...(isShown ? { ghostRight: Number(isRight) } : {}),
        rightPerKey: Number(isRight),
        charactersSaved: isAccepted ? suggested.length - 1 : 0,
        keyInterval: interval,
        virtualFirstLine: latency,
      },
      rawMetrics: {},
    });
    const { prompt: promptTime, prefill, decode } = result.timings;
    const timings = { id: hole.id, firstLine: firstLine ?? total, prompt: promptTime, prefill, decode, total };
    if (isAccepted) {
      offset += suggested.length;
    }
    yield { record, timings, offset };
  }
}

/** What is to be compared with: as many lines as were suggested, the rest of the line at least. */
function truthOf(rest: string, suggested: string): string {
  const lines = suggested.trimEnd().split("\n").length;
  const truth = rest.split("\n").slice(0, lines).join("\n");
  return truth.trim() === ""
    ? rest
        .split("\n")
        .slice(0, lines + 1)
        .join("\n")
    : truth;
}
