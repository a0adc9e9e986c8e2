// Puts together what is known of a request from three sides: the editor's question, the server's report of its answer,
// and how it ended; and records it once.
import type { SuggestionReport } from "../protocol.js";
import type { EndedRequest } from "./attribution.js";
import type { knownProviders } from "./definitions.js";
import type { CompletionEvent } from "./event.js";
import type { EventBody } from "./recorder.js";

/** Milliseconds that the server's report may come after the end of its request; many requests have none. */
const reportPatience = 1000;

/** Reports that are kept: a place that is asked for again is answered without a new one. */
const mostReports = 20;

/** What the editor knows of a request when it makes it. */
export interface RequestDetails {
  /** Says which document, version and caret; never recorded. */
  readonly place: string;
  readonly language: string;
  readonly trigger: "automatic" | "invoked";
  readonly caretKind: string;
  readonly otherProviders: readonly (typeof knownProviders)[number][];
}

/** The server's report of an answer, without the place that it was made for. */
export type AnswerReport = Omit<SuggestionReport, "uri" | "version" | "position">;

/** What the editor was given. */
export interface AnswerSize {
  /** Who had it made; an answer that shows more of a suggestion is automatic. */
  readonly trigger: RequestDetails["trigger"];
  /** Milliseconds from the question; undefined where the server was not asked. */
  readonly roundTrip: number | undefined;
  readonly characters: number;
  readonly lines: number;
}

/** Where the log writes, and how it waits. */
export interface CompletionLogOptions {
  readonly record: (body: EventBody) => void;
  /** Arms that are in force where a request has no report. */
  readonly experiments: () => Readonly<Record<string, string>> | undefined;
  /** Runs a function after so many milliseconds; the result takes it back. */
  readonly schedule: (milliseconds: number, run: () => void) => () => void;
}

interface Entry {
  readonly details: RequestDetails;
  report: AnswerReport | undefined;
  answer: AnswerSize | undefined;
  ended: EndedRequest | undefined;
  cancelWait: () => void;
}

/** One event for each request. */
export class CompletionLog {
  readonly #options: CompletionLogOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #reports = new Map<string, AnswerReport>();

  constructor(options: CompletionLogOptions) {
    this.#options = options;
  }

  begun(request: string, details: RequestDetails): void {
    const report = this.#reports.get(details.place);
    this.#entries.set(request, { details, report, answer: undefined, ended: undefined, cancelWait: () => {} });
  }

  answered(request: string, answer: AnswerSize): void {
    const entry = this.#entries.get(request);
    if (entry !== undefined) {
      entry.answer = answer;
    }
  }

  /** The server says how the answer for a place was made. */
  reported(place: string, report: AnswerReport): void {
    this.#reports.delete(place);
    this.#reports.set(place, report);
    if (this.#reports.size > mostReports) {
      const [oldest] = this.#reports.keys();
      this.#reports.delete(oldest as string);
    }
    for (const [request, entry] of this.#entries) {
      if (entry.details.place === place) {
        entry.report = report;
        if (entry.ended !== undefined) {
          this.#record(request, entry, entry.ended);
        }
      }
    }
  }

  ended(ended: EndedRequest): void {
    const entry = this.#entries.get(ended.request);
    if (entry === undefined) {
      return;
    }
    if (entry.report !== undefined) {
      this.#record(ended.request, entry, ended);
      return;
    }
    entry.ended = ended;
    entry.cancelWait = this.#options.schedule(reportPatience, () => this.#record(ended.request, entry, ended));
  }

  /** Records what has ended and waits for a report no longer. */
  flush(): void {
    for (const [request, entry] of this.#entries) {
      if (entry.ended !== undefined) {
        this.#record(request, entry, entry.ended);
      }
    }
  }

  #record(request: string, { details, report, answer, cancelWait }: Entry, ended: EndedRequest): void {
    cancelWait();
    this.#entries.delete(request);
    const { language, trigger, caretKind, otherProviders } = details;
    const { outcome, visibility, suggestion } = ended;
    this.#options.record({
      kind: "completion",
      request,
      suggestion,
      outcome,
      visibility,
      language: languageOf(language),
      trigger: answer?.trigger ?? trigger,
      caretKind,
      otherProviders: [...otherProviders],
      latency: latencyOf(report, answer),
      experiments: report?.experiments ?? this.#options.experiments(),
      ...(answer === undefined || answer.characters === 0
        ? {}
        : { size: { characters: answer.characters, lines: answer.lines, tokens: report?.tokens } }),
      ...(report === undefined ? {} : describe(report)),
    });
  }
}

/** VS Code's id of a language if the schema has room for it. */
export function languageOf(id: string): string | undefined {
  return /^[a-z][a-z0-9_+#.-]{0,39}$/.test(id) ? id : undefined;
}

const stages = ["wait", "context", "prompt", "prefill", "firstLine", "decode", "total"] as const;

function latencyOf(report: AnswerReport | undefined, answer: AnswerSize | undefined): CompletionEvent["latency"] {
  const known = stages.flatMap((stage) => {
    const milliseconds = report?.latency[stage];
    return milliseconds === undefined || !(milliseconds >= 0) ? [] : [[stage, rounded(milliseconds)] as const];
  });
  const roundTrip = answer?.roundTrip;
  return { ...(roundTrip === undefined ? {} : { roundTrip: rounded(roundTrip) }), ...Object.fromEntries(known) };
}

/** A hundredth of a millisecond is finer than any clock here. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

function describe({ model, source, confidence, prompt, contextSources }: AnswerReport): Partial<CompletionEvent> {
  return {
    model: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(model) ? model : "custom",
    source,
    prompt: { ...prompt },
    contextSources: { ...contextSources },
    ...(confidence === undefined
      ? {}
      : { confidence: { ...confidence, logProbability: Math.min(0, confidence.logProbability) } }),
  };
}
