// The one place that knows the order of the stages: trigger, reuse, context, prompt, generate, stop, post-process.
import type { DecodedToken, GenerationEnd, LanguageModel, Prompt, Snippet } from "../inference/generation.js";
import { coverClosers } from "../postprocess/coverClosers.js";
import type { FilterContext } from "../postprocess/filter.js";
import { applyFilters, openingFilters } from "../postprocess/index.js";
import { endsLikeSuffix } from "../postprocess/suffixLine.js";
import { type CaretContext, createCaretContext } from "../syntax/caretContext.js";
import { Languages } from "../syntax/languages.js";
import type { Completion, CompletionRequest, CompletionResult, CompletionUpdate } from "./completion.js";
import { ContextStage, type Wait } from "./contextStage.js";
import { DefinitionFinder, parseLimit } from "./definitionFinder.js";
import { createPromptParts, type PromptState } from "./promptState.js";
import { type Clock, Report } from "./report.js";
import { type Answer, AnswerMemory, type KnownAnswer } from "./reuse.js";
import { type CompletionSettings, defaultCompletionSettings } from "./settings.js";
import type { SnippetProvider } from "./snippetProvider.js";
import { findStop } from "./stop.js";
import { tokensOfText } from "./tokensOfText.js";
import { findSite, type Site } from "./trigger.js";

export interface EngineOptions {
  readonly model: LanguageModel;
  readonly clock: Clock;
  readonly settings?: CompletionSettings;
  /** Without it every language is treated alike, by brackets and indentation. */
  readonly languages?: Languages;
  /** Names of features (see features.ts) to do without, to measure what they are worth; none in the editor. */
  readonly disabled?: ReadonlySet<string> | undefined;
  /** Milliseconds that one parse may take; infinite where the answer must not depend on the machine. */
  readonly parseLimit?: number | undefined;
  /** Knows what of the repository belongs in a prompt; without it prompts hold the document alone. */
  readonly context?: SnippetProvider | undefined;
  /** Milliseconds to wait for it, whatever the settings say; infinite where the answer must not depend on the machine. */
  readonly contextLimit?: number | undefined;
  /** How to wait; by the system's clock where not given. */
  readonly wait?: Wait | undefined;
  /** Told about every prompt, with all that it was made of. */
  readonly onPrompt?: ((event: PromptEvent) => void) | undefined;
}

/** A prompt, and all that it is a function of. */
export interface PromptEvent {
  readonly request: CompletionRequest;
  readonly settings: CompletionSettings;
  readonly state: PromptState;
  readonly prompt: Prompt;
  /** Names of time limits that had struck. */
  readonly timeOuts: readonly string[];
}

/** Writes completions. */
export class CompletionEngine {
  readonly #model: LanguageModel;
  readonly #clock: Clock;
  readonly #languages: Languages;
  readonly #memory = new AnswerMemory();
  readonly #disabled: ReadonlySet<string> | undefined;
  readonly #parseLimit: number;
  readonly #onPrompt: (event: PromptEvent) => void;
  readonly #context: ContextStage | undefined;
  readonly #contextLimit: number | undefined;
  #settings: CompletionSettings;
  /** Time limits that struck since the last prompt. */
  #timeOuts: string[] = [];

  constructor({ model, clock, settings = defaultCompletionSettings, ...options }: EngineOptions) {
    this.#model = model;
    this.#clock = clock;
    this.#languages = options.languages ?? new Languages([]);
    this.#settings = settings;
    this.#disabled = options.disabled;
    this.#parseLimit = options.parseLimit ?? parseLimit;
    this.#onPrompt = options.onPrompt ?? (() => {});
    this.#contextLimit = options.contextLimit;
    this.#context =
      options.context === undefined || this.#isDisabled("context")
        ? undefined
        : new ContextStage({
            provider: options.context,
            model,
            wait: options.wait,
            onTimeOut: () => this.#timeOuts.push("context"),
          });
  }

  /** Takes other limits from the next completion on, and forgets what was answered under the old ones. */
  configure(settings: CompletionSettings): void {
    this.#settings = settings;
    this.#memory.clear();
  }

  /**
   * Completes a document at its caret. Yields the suggestion as soon as its first whole line is known and again with
   * every further line, each text beginning with the one before, and returns the whole. When the signal aborts, it
   * returns what it yielded last; ending the iteration early stops the model, too.
   *
   * @throws {ModelError} when the model cannot be used
   */
  async *complete(request: CompletionRequest, signal: AbortSignal): AsyncGenerator<CompletionUpdate, CompletionResult> {
    const { document } = request;
    const report = new Report(this.#model, this.#clock);
    const language = this.#languages.get(document.languageId);
    const found = findSite(request, language, this.#model.promptTokens);
    if ("noAnswer" in found) {
      return report.noAnswer(found.noAnswer);
    }
    const site = this.#isDisabled("trigger") ? withoutTrigger(found.site) : found.site;

    const known = this.#findKnown(document.uri, site);
    const typed = known?.typed ?? "";
    if (known !== undefined) {
      const completion = toCompletion(known.answer, typed, site);
      if (completion !== undefined) {
        yield report.update(completion);
      }
      // What the editor closed by itself changed the text after the caret: an unfinished answer cannot go on there.
      if (known.answer.isComplete || known.autoClosed !== "" || signal.aborted) {
        return report.result(completion, typed === "" ? "known" : "typedThrough");
      }
    }

    let shown = known?.answer ?? emptyAnswer(document.uri, this.#filterContext(site.context));
    const snippets = await this.#findSnippets(request, site, shown, report, signal);
    if (signal.aborted) {
      return report.result(report.updated, "model");
    }
    const writing = this.#write(request, shown, snippets, report, signal);
    try {
      for (;;) {
        const { value: answer, done } = await writing.next();
        shown = answer;
        const completion = toCompletion(answer, typed, site);
        if (completion !== undefined && !report.hasUpdate(completion)) {
          yield report.update(completion);
        }
        if (done) {
          return report.result(completion, "model");
        }
      }
    } finally {
      await writing.return(shown);
      if ((shown.isComplete || shown.text !== "") && !this.#isDisabled("reuse")) {
        this.#memory.remember(shown);
      }
    }
  }

  /** What is known of this place; what the editor has closed by itself must be what the text goes on to close. */
  #findKnown(uri: string, site: Site): KnownAnswer | undefined {
    const known = this.#memory.find(uri, site);
    return known === undefined || replacedLength(known.text, site.context) >= known.autoClosed.length
      ? known
      : undefined;
  }

  #filterContext(context: CaretContext): FilterContext {
    // Only blocks are ended by syntax trees. The grammar is read while the model reads the prompt.
    const finder =
      context.mode === "block" && !this.#isDisabled("syntaxTrees")
        ? new DefinitionFinder(this.#languages.parser(context.language), this.#clock, this.#parseLimit, () =>
            this.#timeOuts.push("parse"),
          )
        : undefined;
    const specialTokens = this.#model.specialTokens ?? [];
    return { ...context, specialTokens, definitions: finder, disabled: this.#disabled };
  }

  /** What of the repository goes into the prompt; an answer that is written on keeps the prompt that it began with. */
  async #findSnippets(
    request: CompletionRequest,
    site: Site,
    start: Answer,
    report: Report,
    signal: AbortSignal,
  ): Promise<readonly Snippet[]> {
    const context = this.#context;
    if (context === undefined || this.#settings.snippetShare === 0) {
      return [];
    }
    if (start.text !== "") {
      return context.last(request.document.uri);
    }
    const { snippetShare, contextLimit } = this.#settings;
    const limits = { snippetShare, contextLimit: this.#contextLimit ?? contextLimit };
    return report.context(() => context.snippets(request, site, limits, signal));
  }

  #isDisabled(feature: string): boolean {
    return this.#disabled?.has(feature) === true;
  }

  /** Lets the model write on from an answer; yields it with every whole line, and returns it when its end is known. */
  async *#write(
    request: CompletionRequest,
    start: Answer,
    snippets: readonly Snippet[],
    report: Report,
    signal: AbortSignal,
  ): AsyncGenerator<Answer, Answer> {
    const { maxLines, singleLineTokens, multiLineTokens } = this.#settings;
    const { context } = start;
    const state: PromptState = {
      snippets,
      ...(start.text === "" ? {} : { unfinished: { ...pickTexts(context), text: start.text } }),
    };
    const prompt = report.prompt(() => this.#model.buildPrompt(createPromptParts(request.document, context, state)));
    this.#onPrompt({ request, settings: this.#settings, state, prompt, timeOuts: this.#timeOuts });
    this.#timeOuts = [];
    const budget = context.mode === "line" || maxLines === 1 ? singleLineTokens : multiLineTokens;
    report.generationStarted();
    const stream = this.#model.generate(prompt, {
      maxTokens: Math.max(1, budget - start.tokens.length),
      signal,
      onPrefill: (result) => report.prefillEnded(result),
    });
    let answer = start;
    let written = start.text;
    const tokens: DecodedToken[] = [...start.tokens];
    try {
      for (;;) {
        const next = await stream.next();
        if (next.done) {
          return finish(answer, written, tokens, next.value, maxLines);
        }
        const token = next.value;
        tokens.push(token);
        written += token.text;
        if (token.text === "") {
          continue;
        }
        await context.definitions?.ready;
        const stop = findStop(written, context, {
          horizon: token.horizon,
          maxLines,
          isComplete: false,
          added: token.text,
        });
        if (stop !== undefined) {
          return { ...answer, ...settle(answer, stop.text), tokens, stopReason: stop.reason, isComplete: true };
        }
        const text = token.text.includes("\n") ? wholeLines(written, context) : "";
        const isNew = text.length > answer.text.length && text.startsWith(answer.text);
        if (isNew && !endsRepeating(text) && !endsLikeSuffix(text, context)) {
          answer = { ...answer, text, tokens: [...tokens] };
          yield answer;
        }
      }
    } finally {
      report.generationEnded();
      await stream.return("cancelled");
    }
  }
}

/** The text around a caret, without what is derived from it. */
function pickTexts({ prefix, suffix }: CaretContext): Pick<CaretContext, "prefix" | "suffix"> {
  return { prefix, suffix };
}

/** The place as one where as much may be written as the model wants to. */
function withoutTrigger(site: Site): Site {
  const { prefix, suffix, language } = site.context;
  return { ...site, context: createCaretContext(prefix, suffix, language, "block") };
}

function emptyAnswer(uri: string, context: FilterContext): Answer {
  return { uri, context, text: "", tokens: [], stopReason: "cancelled", isComplete: false };
}

/** The answer when the model has stopped by itself. */
function finish(
  answer: Answer,
  written: string,
  tokens: readonly DecodedToken[],
  end: GenerationEnd,
  maxLines: number,
): Answer {
  const { context } = answer;
  switch (end) {
    case "cancelled":
      return { ...answer, stopReason: "cancelled" };
    case "budget": {
      // Half a line at the end of several is no suggestion; half a line alone may be.
      const text = wholeLines(written, context);
      const settled = text === "" ? settle(answer, written) : settle(answer, text);
      return { ...answer, ...settled, tokens, stopReason: "budget", isComplete: true };
    }
    case "endOfMiddle": {
      const stop = findStop(written, context, { horizon: undefined, maxLines, isComplete: true });
      const settled = settle(answer, stop?.text ?? written);
      return { ...answer, ...settled, tokens, stopReason: stop?.reason ?? "endOfMiddle", isComplete: true };
    }
  }
}

/** The final text. What has been shown is not taken back: it was right by all that could be known of it. */
function settle(answer: Answer, written: string): Pick<Answer, "text"> {
  const { text } = applyFilters(written, answer.context);
  return { text: text.startsWith(answer.text) ? text : answer.text };
}

/** What can be shown of a growing text: its whole lines, filtered. */
function wholeLines(written: string, context: FilterContext): string {
  const { text } = applyFilters(written, context, openingFilters);
  const end = text.lastIndexOf("\n");
  return end <= 0 ? "" : applyFilters(text.slice(0, end), context).text;
}

/** A second line like the one before may be the beginning of a loop: it is shown when it has turned out to be none. */
function endsRepeating(text: string): boolean {
  const lines = text.split("\n");
  return lines.length > 1 && lines.at(-1)?.trim() === lines.at(-2)?.trim();
}

/** What is left of an answer when its beginning has been typed, as a completion of the document; undefined if nothing is. */
function toCompletion(answer: Answer, typed: string, site: Site): Completion | undefined {
  const text = answer.text.slice(typed.length);
  if (text === "") {
    return undefined;
  }
  const { offset, lineEnding } = site;
  const tokens = tokensOfText(answer.tokens, typed, text);
  return {
    text: lineEnding === "\r\n" ? text.replaceAll("\n", "\r\n") : text,
    range: {
      start: offset,
      end: offset + replacedLength(text, { ...site.context, disabled: answer.context.disabled }),
    },
    logProbability: tokens.reduce((sum, token) => sum + token.logProbability, 0),
    horizon: tokens.at(-1)?.horizon ?? null,
    stopReason: answer.stopReason,
    tokens: tokens.length,
  };
}

function replacedLength(text: string, context: CaretContext & Pick<FilterContext, "disabled">): number {
  if (context.disabled?.has(coverClosers.name) === true) {
    return 0;
  }
  return coverClosers.apply({ text, replaces: 0 }, { ...context, specialTokens: [] }).replaces;
}
