// The one place that knows the order of the stages: trigger, reuse, pause, context, prompt, generate, stop, post-process.
import type { LanguageModel, Prompt, Snippet } from "../inference/generation.js";
import type { FilterContext } from "../postprocess/filter.js";
import { type CaretContext, createCaretContext } from "../syntax/caretContext.js";
import type { Language } from "../syntax/language.js";
import { Languages } from "../syntax/languages.js";
import { findAlternatives } from "./alternatives.js";
import type {
  Completion,
  CompletionRequest,
  CompletionResult,
  CompletionSource,
  CompletionUpdate,
  DocumentSnapshot,
} from "./completion.js";
import { ContextStage, type Wait } from "./contextStage.js";
import { DefinitionFinder, parseLimit } from "./definitionFinder.js";
import { FrozenSuffixes } from "./frozenSuffix.js";
import { decideByRules, type InvocationPolicy, invocationFeatures } from "./invocation.js";
import { limitsByPlan } from "./plannedLength.js";
import { createPromptParts, isWithinWord, type PromptState } from "./promptState.js";
import { type Clock, Report } from "./report.js";
import type { DocumentMemory } from "./repositoryMemory.js";
import { type Answer, AnswerMemory, type KnownAnswer, matchGrowing, scopeOf } from "./reuse.js";
import { type CompletionSettings, defaultCompletionSettings } from "./settings.js";
import type { SnippetProvider } from "./snippetProvider.js";
import { replacedLength, toCompletion } from "./toCompletion.js";
import { findSite, type Site } from "./trigger.js";
import { Writing } from "./writing.js";

export interface EngineOptions {
  readonly model: LanguageModel;
  readonly clock: Clock;
  readonly settings?: CompletionSettings;
  /** Without it every language is treated alike, by brackets and indentation. */
  readonly languages?: Languages;
  /** Names of features (see features.ts) to do without, whatever the settings say, to measure what they are worth. */
  readonly disabled?: ReadonlySet<string> | undefined;
  /** Milliseconds that one parse may take; infinite where the answer must not depend on the machine. */
  readonly parseLimit?: number | undefined;
  /** Knows what of the repository belongs in a prompt; without it prompts hold the document alone. */
  readonly context?: SnippetProvider | undefined;
  /** Milliseconds to wait for it, whatever the settings say; infinite where the answer must not depend on the machine. */
  readonly contextLimit?: number | undefined;
  /** Has the model learn the document; without it nothing that was learned is mixed in. */
  readonly documents?: DocumentMemory | undefined;
  /** How to wait; by the system's clock where not given. */
  readonly wait?: Wait | undefined;
  /** Waits until it is worth asking the model while the user types; at once where not given. */
  readonly pause?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Decides where the model is run while the user types; rules where not given. */
  readonly invocation?: InvocationPolicy | undefined;
  /** Share of the budgets of tokens and lines that may be used now, in (0, 1]; all of them where not given. */
  readonly budgetShare?: (() => number) | undefined;
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

/** Writes completions; at most one at a time. */
export class CompletionEngine {
  readonly #model: LanguageModel;
  readonly #clock: Clock;
  readonly #languages: Languages;
  readonly #memory = new AnswerMemory();
  readonly #suffixes = new FrozenSuffixes();
  readonly #alwaysDisabled: ReadonlySet<string>;
  /** These and the settings' own. */
  #disabled: ReadonlySet<string>;
  readonly #parseLimit: number;
  readonly #invocation: InvocationPolicy;
  readonly #budgetShare: () => number;
  readonly #pause: (signal: AbortSignal) => Promise<void>;
  readonly #onPrompt: (event: PromptEvent) => void;
  readonly #provider: SnippetProvider | undefined;
  readonly #context: ContextStage | undefined;
  readonly #documents: DocumentMemory | undefined;
  readonly #contextLimit: number | undefined;
  #settings: CompletionSettings;
  /** What is being written, or was last. */
  #writing: Writing | undefined;
  /** Milliseconds that the model has computed so far. */
  #computed = 0;
  /** Time limits that struck since the last prompt. */
  #timeOuts: string[] = [];

  constructor({ model, clock, settings = defaultCompletionSettings, ...options }: EngineOptions) {
    this.#model = model;
    this.#clock = clock;
    this.#languages = options.languages ?? new Languages([]);
    this.#settings = settings;
    this.#alwaysDisabled = options.disabled ?? new Set();
    this.#disabled = union(this.#alwaysDisabled, settings.disabled);
    this.#parseLimit = options.parseLimit ?? parseLimit;
    this.#invocation = options.invocation ?? decideByRules;
    this.#budgetShare = options.budgetShare ?? (() => 1);
    this.#pause = options.pause ?? (async () => {});
    this.#onPrompt = options.onPrompt ?? (() => {});
    this.#contextLimit = options.contextLimit;
    this.#documents = options.documents;
    this.#provider = options.context;
    this.#context =
      this.#provider === undefined
        ? undefined
        : new ContextStage({
            provider: this.#provider,
            model,
            wait: options.wait,
            holds: () => !this.#isDisabled("heldSnippets"),
            onTimeOut: () => this.#timeOuts.push("context"),
          });
  }

  /** Takes other limits from the next completion on; what was answered under the old ones is not given any more. */
  configure(settings: CompletionSettings): void {
    this.#settings = settings;
    this.#disabled = union(this.#alwaysDisabled, settings.disabled);
    void this.#writing?.stop();
  }

  /** Milliseconds that the model has computed so far, for whatever request. */
  get computedMilliseconds(): number {
    return this.#computed;
  }

  /** How a document's language is read. */
  languageOf(languageId: string): Language {
    return this.#languages.get(languageId);
  }

  /**
   * Whether what is being written is still of use now that a document has this text: nothing in it has changed but that
   * some of what was written was typed at the caret.
   */
  isWritingFor(document: Pick<DocumentSnapshot, "uri" | "text">): boolean {
    return this.#writing?.isOver === false && this.#writing.agreesWith(document);
  }

  /**
   * Completes a document at its caret. Yields the suggestion as soon as its first whole line is known and again with
   * every further line, each text beginning with the one before, and returns the whole. When the signal aborts, it
   * returns what it yielded last; ending the iteration early stops the model, too, unless another request waits for the
   * same text. A request for another text stops the one that is being written.
   *
   * @throws {ModelError} when the model cannot be used
   */
  async *complete(request: CompletionRequest, signal: AbortSignal): AsyncGenerator<CompletionUpdate, CompletionResult> {
    const report = new Report(this.#model, this.#clock);
    const found = this.#findSite(request);
    if ("noAnswer" in found) {
      return report.noAnswer(found.noAnswer);
    }
    const { site } = found;
    const scope = this.#scopeOf(request);

    const inFlight = this.#findInFlight(scope, site);
    if (inFlight !== undefined) {
      return yield* this.#follow(inFlight, site, report, "inFlight", signal);
    }
    const known = this.#findKnown(scope, site);
    if (known !== undefined) {
      const completion = toCompletion(known, site);
      if (completion !== undefined) {
        yield report.update(completion);
      }
      // What the editor closed by itself changed the text after the caret: an unfinished answer cannot go on there.
      if (known.answer.isComplete || known.autoClosed !== "" || signal.aborted) {
        return report.result(completion, known.typed === "" ? "known" : "typedThrough");
      }
    }
    // Whoever followed it has moved on.
    void this.#writing?.stop();

    if (request.cause === "typing") {
      const decision = this.#isDisabled("invocation")
        ? { invokes: true }
        : this.#invocation(invocationFeatures(site.context));
      if (!decision.invokes && known === undefined) {
        return report.noAnswer({
          reason: "unlikely",
          message: "A suggestion is seldom of use at such a place. Ask for one, and it is written.",
        });
      }
      await report.pause(() => this.#pause(signal));
    }
    const start = known?.answer ?? (await this.#beginAnswer(request, scope, site, report, signal));
    if (signal.aborted) {
      return report.result(report.updated, "model");
    }
    return yield* this.#follow(this.#write(request, site, start, report), site, report, "model", signal);
  }

  /**
   * Different completions of a place, the best first; see alternatives.ts. Nothing is known of them beforehand: each is
   * written, behind one prompt.
   *
   * @param most completions
   * @throws {ModelError} when the model cannot be used
   */
  async alternatives(request: CompletionRequest, most: number, signal: AbortSignal): Promise<readonly Completion[]> {
    const { document } = request;
    const found = this.#findSite(request);
    if ("noAnswer" in found) {
      return [];
    }
    const { site } = found;
    const report = new Report(this.#model, this.#clock);
    const start = await this.#beginAnswer(request, this.#scopeOf(request), site, report, signal);
    const parser = await this.#languages.parser(site.context.language);
    return findAlternatives({
      most,
      write: async (avoid) => {
        const answer = signal.aborted
          ? undefined
          : await lastOf(this.#write(request, site, start, report, avoid).follow(signal));
        const known = answer && matchGrowing(answer, site);
        return answer && { answer, completion: known && toCompletion(known, site) };
      },
      countErrors: ({ text, range }) => {
        const deadline = this.#clock.now() + this.#parseLimit;
        const changed = document.text.slice(0, range.start) + text + document.text.slice(range.end);
        return parser?.countErrors(changed, () => this.#clock.now() > deadline);
      },
    });
  }

  /** Where the request is to be completed, or why not. */
  #findSite(request: CompletionRequest): ReturnType<typeof findSite> {
    const language = this.#languages.get(request.document.languageId);
    const found = findSite(request, language, this.#model.promptTokens);
    return "site" in found && this.#isDisabled("trigger") ? { site: withoutTrigger(found.site) } : found;
  }

  #scopeOf({ document }: CompletionRequest): string {
    const context = this.#provider?.version?.(document) ?? "";
    return scopeOf({ document, model: this.#model.sha256, settings: this.#settings, context });
  }

  #findInFlight(scope: string, site: Site): Writing | undefined {
    const writing = this.#writing;
    if (writing === undefined || writing.isOver || this.#isDisabled("reuse")) {
      return undefined;
    }
    const known = writing.match(scope, site);
    // What the editor closed would have to be what the text goes on to close, which is not known before it is written.
    return known === undefined || known.autoClosed !== "" ? undefined : writing;
  }

  /** What is known of this place; what the editor has closed by itself must be what the text goes on to close. */
  #findKnown(scope: string, site: Site): KnownAnswer | undefined {
    const known = this.#memory.find(scope, site);
    return known === undefined || replacedLength(known.text, site.context) >= known.autoClosed.length
      ? known
      : undefined;
  }

  /** Yields a text as it is written, as a completion of this place. */
  async *#follow(
    writing: Writing,
    site: Site,
    report: Report,
    source: CompletionSource,
    signal: AbortSignal,
  ): AsyncGenerator<CompletionUpdate, CompletionResult> {
    const answers = writing.follow(signal);
    try {
      for (;;) {
        const { value: answer, done } = await answers.next();
        const known = matchGrowing(answer, site);
        const completion = known === undefined ? undefined : toCompletion(known, site);
        if (completion !== undefined && !report.hasUpdate(completion)) {
          yield report.update(completion);
        }
        if (done) {
          return report.result(completion, source);
        }
      }
    } finally {
      await answers.return(undefined as never);
    }
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

  /** An answer of which nothing is written, with what of the repository goes into its prompt. */
  async #beginAnswer(
    request: CompletionRequest,
    scope: string,
    site: Site,
    report: Report,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { snippetShare, contextLimit } = this.#settings;
    const isWanted = snippetShare > 0 && !signal.aborted && !this.#isDisabled("context");
    const stage = isWanted ? this.#context : undefined;
    const limits = { snippetShare, contextLimit: this.#contextLimit ?? contextLimit };
    const snippets: readonly Snippet[] =
      stage === undefined ? [] : await report.context(() => stage.snippets(request, site, limits, signal));
    const context = this.#filterContext(site.context);
    return { scope, context, snippets, text: "", tokens: [], stopReason: "cancelled", isComplete: false };
  }

  /** What the model has read of the text after the caret, where that holds although the text is another one. */
  #frozenSuffix(uri: string, { context: { suffix }, isSuffixCut }: Site): Pick<PromptState, "frozenSuffix"> {
    const chosen = this.#isDisabled("frozenSuffix") ? suffix : this.#suffixes.choose(uri, suffix, isSuffixCut);
    return chosen === suffix ? {} : { frozenSuffix: chosen };
  }

  #isDisabled(feature: string): boolean {
    return this.#disabled.has(feature);
  }

  /** Lets the model write on from an answer; an answer that is written on keeps the prompt that it began with. */
  #write(
    request: CompletionRequest,
    site: Site,
    start: Answer,
    report: Report,
    avoid: readonly number[] = [],
  ): Writing {
    const { maxLines, singleLineTokens, multiLineTokens } = this.#settings;
    const { context, snippets } = start;
    const heals = start.text === "" && isWithinWord(context.prefix) && !this.#isDisabled("healing");
    const state: PromptState = {
      snippets,
      ...this.#frozenSuffix(request.document.uri, site),
      ...(heals ? { heals } : {}),
      ...(start.text === "" ? {} : { unfinished: { ...pickTexts(context), text: start.text } }),
    };
    const prompt = report.prompt(() => this.#model.buildPrompt(createPromptParts(request.document, context, state)));
    this.#onPrompt({ request, settings: this.#settings, state, prompt, timeOuts: this.#timeOuts });
    this.#timeOuts = [];
    const isSingle = context.mode === "line" || maxLines === 1;
    const share = isSingle ? 1 : this.#budgetShare();
    const limits = {
      maxLines: Math.max(1, Math.round(maxLines * share)),
      maxTokens: isSingle ? singleLineTokens : Math.max(1, Math.round(multiLineTokens * share)),
    };
    const started = this.#clock.now();
    void this.#writing?.stop();
    const documents = this.#settings.memory ? this.#documents : undefined;
    documents?.see(request.document, request.offset);
    this.#writing = new Writing({
      model: this.#model,
      prompt,
      means: {
        drafts: !this.#isDisabled("drafts"),
        mixing: documents !== undefined && !this.#isDisabled("mixing"),
        ...(avoid.length === 0 ? {} : { avoid }),
      },
      request,
      start,
      limits: (plan) => (start.text !== "" || this.#isDisabled("horizonLength") ? limits : limitsByPlan(limits, plan)),
      report,
      onEnd: (answer) => {
        this.#computed += this.#clock.now() - started;
        if ((answer.isComplete || answer.text !== "") && avoid.length === 0 && !this.#isDisabled("reuse")) {
          this.#memory.remember(answer);
        }
      },
    });
    return this.#writing;
  }
}

function union(one: ReadonlySet<string>, other: readonly string[] = []): ReadonlySet<string> {
  return other.length === 0 ? one : new Set([...one, ...other]);
}

async function lastOf(answers: AsyncGenerator<Answer, Answer>): Promise<Answer> {
  for (;;) {
    const next = await answers.next();
    if (next.done === true) {
      return next.value;
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
