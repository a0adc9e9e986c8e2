// A loaded model: the tokenizer and the prompt template on this side, the process that computes on the other.
import type { HostProcess } from "./backends/onnx/client.js";
import type { HostSupervisor } from "./backends/onnx/supervisor.js";
import { ModelError } from "./errors.js";
import type {
  DecodedToken,
  GeneratedToken,
  GenerateOptions,
  GenerationEnd,
  LanguageModel,
  Prompt,
  PromptParts,
} from "./generation.js";
import { findPartialTokens, forcedSteps, type HealingOptions } from "./healing.js";
import { LearnedFiles } from "./learnedFiles.js";
import { type Manifest, specialTokensOf } from "./manifest.js";
import { buildPrompt, type CompiledTemplate, compileTemplate } from "./prompt.js";
import type { Tokenizer } from "./tokenizer.js";
import { unlessAborted } from "./unlessAborted.js";
import { Vocabulary } from "./vocabulary.js";

/** A model that runs in a process of its own. */
export class HostedLanguageModel implements LanguageModel {
  readonly #manifest: Manifest;
  readonly #tokenizer: Tokenizer;
  readonly #template: CompiledTemplate;
  readonly #supervisor: HostSupervisor;
  readonly #learned: LearnedFiles;
  /** Every special token ends a text; which of them it was makes no difference to the user. */
  readonly #endIds: readonly number[];
  #healingOptions: HealingOptions | undefined;
  #mostPromptTokens = Number.POSITIVE_INFINITY;
  /** The generation that was asked for last: the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param directory - The model's folder. */
  constructor(
    readonly directory: string,
    manifest: Manifest,
    tokenizer: Tokenizer,
    supervisor: HostSupervisor,
    learned = new LearnedFiles(),
  ) {
    this.#manifest = manifest;
    this.#tokenizer = tokenizer;
    this.#supervisor = supervisor;
    this.#learned = learned;
    this.#endIds = [...tokenizer.specialIds];
    this.#template = compileTemplate(manifest, tokenizer);
  }

  get id(): string {
    return this.#manifest.id;
  }

  get sha256(): string {
    return this.#manifest.files.weights.sha256;
  }

  get specialTokens(): readonly string[] {
    return specialTokensOf(this.#manifest);
  }

  /** Builds no longer prompts from now on, whatever the manifest allows: the machine is too slow for them. */
  limitPrompts(tokens: number): void {
    this.#mostPromptTokens = tokens;
  }

  get promptTokens(): number {
    return Math.min(this.#mostPromptTokens, this.#manifest.limits.promptTokens);
  }

  /** What the model's folder says of it. */
  get manifest(): Manifest {
    return this.#manifest;
  }

  get tokenizer(): Tokenizer {
    return this.#tokenizer;
  }

  /** Id of the process that computes; undefined while there is none. */
  get processId(): number | undefined {
    return this.#supervisor.processId;
  }

  /** Memory of the process that computes, in bytes. */
  async residentBytes(): Promise<number> {
    const host = await this.#supervisor.ready();
    const result = await host.request({ type: "memory" });
    return result?.residentBytes ?? 0;
  }

  buildPrompt(parts: PromptParts, budget = this.promptTokens): Prompt {
    const forced = parts.heals === true ? findPartialTokens(parts.prefix, this.#healing) : "";
    const prefix = parts.prefix.slice(0, parts.prefix.length - forced.length);
    const prompt = buildPrompt(
      this.#template,
      (text) => this.#tokenizer.encode(text),
      { ...parts, prefix },
      { budget: Math.min(budget, this.promptTokens), suffixShare: this.#manifest.limits.suffixShare },
    );
    return forced === "" ? prompt : { ...prompt, forced, prefixLength: prompt.prefixLength + forced.length };
  }

  /** Made when it is first needed: putting a vocabulary in order takes some milliseconds. */
  get #healing(): HealingOptions {
    const tokenizer = this.#tokenizer;
    this.#healingOptions ??= {
      encode: (text) => tokenizer.encode(text),
      bytesOf: (id) => tokenizer.bytesOf(id),
      vocabulary: new Vocabulary(
        Array.from({ length: tokenizer.vocabularySize }, (_, id) =>
          tokenizer.specialIds.has(id) ? undefined : tokenizer.bytesOf(id),
        ),
      ),
    };
    return this.#healingOptions;
  }

  async *generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd> {
    this.#checkInput(prompt, options.maxTokens);
    if (options.signal.aborted) return "cancelled";
    const stop = new AbortController();
    const received: GeneratedToken[] = [];
    let outcome: { readonly end: GenerationEnd } | { readonly error: unknown } | undefined;
    let wake = (): void => {};
    const abort = (): void => {
      stop.abort();
      wake();
    };
    options.signal.addEventListener("abort", abort, { once: true });
    const onToken = (token: GeneratedToken): void => {
      received.push(token);
      wake();
    };
    this.#enqueue(() => this.#run(prompt, options, stop.signal, onToken)).then(
      (end) => {
        outcome = { end };
        wake();
      },
      (error: unknown) => {
        outcome = { error };
        wake();
      },
    );
    const detokenizer = this.#tokenizer.createDetokenizer();
    try {
      for (;;) {
        if (stop.signal.aborted) return "cancelled";
        const token = received.shift();
        if (token !== undefined) {
          const text = detokenizer.push(token.id, token.typedBytes);
          // A token that ends where the caret is was typed already, and is no part of what is suggested.
          if (text !== "" || token.typedBytes === undefined) yield { ...token, text };
        } else if (outcome !== undefined) {
          if ("error" in outcome) throw outcome.error;
          return outcome.end;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      options.signal.removeEventListener("abort", abort);
      // Whoever stops reading stops the model too; the next generation begins when the process has stopped this one.
      stop.abort();
    }
  }

  learn(file: number, text: string | undefined, recency: number): void {
    this.#learned.learn(file, text, recency, {
      encode: (slice) => this.#tokenizer.encode(slice),
      vocabularySize: this.#manifest.architecture.vocabularySize,
      supervisor: this.#supervisor,
    });
  }

  async dispose(): Promise<void> {
    await this.#supervisor.dispose();
  }

  /** One generation at a time: runs a task when those before it have ended, well or badly. */
  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => {});
    return result;
  }

  async #run(
    prompt: Prompt,
    options: GenerateOptions,
    signal: AbortSignal,
    onToken: (token: GeneratedToken) => void,
  ): Promise<GenerationEnd> {
    if (signal.aborted) return "cancelled";
    const host = await unlessAborted(this.#supervisor.ready(), signal);
    if (host === undefined) return "cancelled";
    try {
      return await this.#read(host, prompt, options, signal, onToken);
    } catch (error) {
      this.#supervisor.recordFailure(host, error);
      throw error;
    }
  }

  async #read(
    host: HostProcess,
    prompt: Prompt,
    options: GenerateOptions,
    signal: AbortSignal,
    onToken: (token: GeneratedToken) => void,
  ): Promise<GenerationEnd> {
    const { fresh = false } = options;
    // What is to depend on nothing else depends on all that was to be learned.
    if (fresh) await this.#learned.sent;
    const read = await host.request({ type: "prefill", tokenIds: prompt.tokenIds, fresh }, { signal });
    if (read === undefined || signal.aborted) return "cancelled";
    options.onPrefill?.({ tokens: read.tokens, reusedTokens: read.reusedTokens, horizon: read.horizon });
    const { maxTokens, sampling, drafts, mixing, avoid } = options;
    const forced = prompt.forced === undefined ? undefined : forcedSteps(prompt.forced, this.#healing.vocabulary);
    const written = await host.request(
      { type: "decode", maxTokens, endIds: this.#endIds, sampling, forced, drafts, mixing, avoid },
      { signal, onToken },
    );
    return written?.end ?? "cancelled";
  }

  #checkInput(prompt: Prompt, maxTokens: number): void {
    const { vocabularySize, maximumPositions } = this.#manifest.architecture;
    const { tokenIds } = prompt;
    const wrong = tokenIds.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    const problem =
      tokenIds.length === 0
        ? "the prompt is empty"
        : wrong !== undefined
          ? `the prompt holds ${wrong}, which is no token of this model (0 to ${vocabularySize - 1})`
          : tokenIds.length >= maximumPositions
            ? `the prompt has ${tokenIds.length} tokens, and this model reads fewer than ${maximumPositions}`
            : !Number.isInteger(maxTokens) || maxTokens < 1
              ? `maxTokens is ${maxTokens}, but must be a whole number from 1`
              : undefined;
    if (problem !== undefined)
      throw new ModelError("input", `${this.id}: ${problem}. Build the prompt with buildPrompt().`);
  }
}
