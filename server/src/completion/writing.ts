// One text that is being written. It belongs to no request: it goes on while somebody follows it, be it the request that
// began it or one that came when the user had typed some of it, and stops when nobody does.
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  Horizon,
  LanguageModel,
  Prompt,
} from "../inference/generation.js";
import { unlessAborted } from "../inference/unlessAborted.js";
import type { FilterContext } from "../postprocess/filter.js";
import { applyFilters, openingFilters } from "../postprocess/index.js";
import { endsLikeSuffix } from "../postprocess/suffixLine.js";
import type { CompletionRequest, DocumentSnapshot } from "./completion.js";
import type { Report } from "./report.js";
import { type Answer, type KnownAnswer, matchGrowing } from "./reuse.js";
import { findStop } from "./stop.js";
import { normalizeLineEnds, type Site } from "./trigger.js";

/** How much may be written. */
export interface WritingLimits {
  readonly maxLines: number;
  /** Most tokens of the whole text, what was there at the start included. */
  readonly maxTokens: number;
  /** After so many tokens the text ends where its line ends. */
  readonly wholeLineTokens?: number;
}

export interface WritingOptions {
  readonly model: LanguageModel;
  readonly prompt: Prompt;
  /** How the model writes, besides how much. */
  readonly means?: Pick<GenerateOptions, "drafts" | "mixing" | "avoid">;
  /** The request that began it. */
  readonly request: CompletionRequest;
  /** What there is of the text already. */
  readonly start: Answer;
  /** Asked when the prompt has been read. */
  readonly limits: (plan: Horizon | undefined) => WritingLimits;
  /** Of the request that began it. */
  readonly report: Pick<Report, "generationStarted" | "prefillEnded" | "generationEnded">;
  /** Told once, with what there is of the text when it ends or is stopped. */
  readonly onEnd: (answer: Answer) => void;
}

/** A text on its way. It is written as fast as it is read by those who follow it. */
export class Writing {
  readonly #options: WritingOptions;
  readonly #controller = new AbortController();
  readonly #stream: AsyncGenerator<DecodedToken, GenerationEnd>;
  readonly #tokens: DecodedToken[];
  #limits: WritingLimits;
  #answer: Answer;
  #written: string;
  #isOver = false;
  #followers = 0;
  /** The step that is being done. */
  #step: Promise<void> | undefined;

  constructor(options: WritingOptions) {
    this.#options = options;
    const { model, prompt, means, start, limits, report } = options;
    this.#answer = start;
    this.#written = start.text;
    this.#tokens = [...start.tokens];
    this.#limits = limits(undefined);
    report.generationStarted();
    this.#stream = model.generate(prompt, {
      ...means,
      maxTokens: Math.max(1, this.#limits.maxTokens - start.tokens.length),
      signal: this.#controller.signal,
      onPrefill: (result) => {
        report.prefillEnded(result);
        this.#limits = limits(result.horizon);
      },
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the text, as far as it is written, goes on at this place; what was typed may reach into its last line. */
  match(scope: string, site: Site): KnownAnswer | undefined {
    return this.#answer.scope === scope ? matchGrowing({ ...this.#answer, text: this.#opening() }, site) : undefined;
  }

  /**
   * Whether the document, now that it has this text, is still one in which this is worth writing: nothing was changed
   * but that some of it was typed at its caret, with brackets that the editor closed by itself.
   */
  agreesWith({ uri, text }: Pick<DocumentSnapshot, "uri" | "text">): boolean {
    const { document, offset } = this.#options.request;
    const after = document.text.length - offset;
    const end = text.length - after;
    const isElsewhereSame =
      uri === document.uri &&
      end >= offset &&
      text.startsWith(document.text.slice(0, offset)) &&
      text.endsWith(document.text.slice(offset));
    if (!isElsewhereSame) {
      return false;
    }
    const inserted = normalizeLineEnds(text.slice(offset, end));
    const opening = this.#opening();
    const typed = inserted.replace(closersAtEnd, "");
    for (let length = inserted.length; length >= typed.length; length--) {
      if (opening.startsWith(inserted.slice(0, length))) {
        return length > 0 || inserted === "";
      }
    }
    return false;
  }

  /**
   * Yields the text as it is now and with every further line, and returns it at its end. When the signal aborts, it
   * returns what there is; the last one to leave stops the model.
   */
  async *follow(signal: AbortSignal): AsyncGenerator<Answer, Answer> {
    this.#followers++;
    let seen: Answer | undefined;
    try {
      for (;;) {
        if (this.#isOver) {
          return this.#answer;
        }
        if (signal.aborted) {
          return { ...this.#answer, stopReason: "cancelled" };
        }
        if (seen !== this.#answer) {
          seen = this.#answer;
          yield seen;
        } else {
          await unlessAborted(this.#next(), signal);
        }
      }
    } finally {
      this.#followers--;
      if (this.#followers === 0) {
        await this.stop();
      }
    }
  }

  /** Stops the model; resolves when it has stopped. Who follows gets what there is. */
  async stop(): Promise<void> {
    if (this.#isOver) {
      return;
    }
    this.#controller.abort();
    await this.#step?.catch(() => {});
    await this.#end(this.#answer);
  }

  /** Writes until there is a new line, or the end. */
  #next(): Promise<void> {
    this.#step ??= this.#writeOn().finally(() => {
      this.#step = undefined;
    });
    return this.#step;
  }

  async #writeOn(): Promise<void> {
    const { context } = this.#answer;
    try {
      for (;;) {
        const next = await this.#stream.next();
        if (next.done === true) {
          return await this.#end(finish(this.#answer, this.#written, this.#tokens, next.value, this.#limits.maxLines));
        }
        const token = next.value;
        this.#tokens.push(token);
        this.#written += token.text;
        await context.definitions?.ready;
        const stopped = this.#findEnd(token);
        if (stopped !== undefined) {
          return await this.#end(stopped);
        }
        const text = token.text.includes("\n") ? wholeLines(this.#written, context) : "";
        const isNew = text.length > this.#answer.text.length && text.startsWith(this.#answer.text);
        if (isNew && !endsRepeating(text) && !endsLikeSuffix(text, context)) {
          this.#answer = { ...this.#answer, text, tokens: [...this.#tokens] };
          return;
        }
      }
    } catch (error) {
      await this.#end(this.#answer);
      throw error;
    }
  }

  #findEnd({ text, horizon }: DecodedToken): Answer | undefined {
    const { maxLines, wholeLineTokens } = this.#limits;
    const tokens = this.#tokens;
    const stop =
      text === ""
        ? undefined
        : findStop(this.#written, this.#answer.context, { horizon, maxLines, isComplete: false, added: text });
    if (stop !== undefined) {
      return { ...this.#answer, ...settle(this.#answer, stop.text), tokens, stopReason: stop.reason, isComplete: true };
    }
    const isAtEnd = text.includes("\n") && tokens.length > (wholeLineTokens ?? Number.POSITIVE_INFINITY);
    return isAtEnd && this.#opening().trim() !== ""
      ? finish(this.#answer, this.#written, tokens, "budget", maxLines)
      : undefined;
  }

  async #end(answer: Answer): Promise<void> {
    if (this.#isOver) {
      return;
    }
    this.#answer = answer;
    this.#isOver = true;
    this.#options.report.generationEnded();
    await this.#stream.return("cancelled");
    this.#options.onEnd(answer);
  }

  /** What was written, its beginning cleaned. */
  #opening(): string {
    return applyFilters(this.#written, this.#answer.context, openingFilters).text;
  }
}

/** Brackets and quotes that an editor may have inserted right of the caret. */
const closersAtEnd = /[)\]}"'`]{1,8}$/;

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
