// Answers that are known already: nothing is asked of the model while the user types what was suggested, or goes back to
// where something was suggested.
import type { DecodedToken, Snippet, StopReason } from "../inference/generation.js";
import type { FilterContext } from "../postprocess/filter.js";
import type { CaretContext } from "../syntax/caretContext.js";
import { closerOf, scan } from "../syntax/scanner.js";
import type { DocumentSnapshot } from "./completion.js";
import type { CompletionSettings } from "./settings.js";
import type { Site } from "./trigger.js";

/**
 * Answers that are kept. Going back further than this by single key strokes is rare, and an answer takes up to
 * 100 KB (the text around its caret, to tell whether it still holds).
 */
export const keptAnswers = 32;

/** An answer, with all that tells whether it still holds. */
export interface Answer {
  /** All that an answer depends on besides the text around its caret; see `scopeOf`. */
  readonly scope: string;
  readonly context: FilterContext;
  /** What of the repository stood in the prompt. */
  readonly snippets: readonly Snippet[];
  /** What the model wrote, filtered; LF line ends; empty when there was nothing to show. */
  readonly text: string;
  readonly tokens: readonly DecodedToken[];
  readonly stopReason: StopReason;
  /** False when the model was stopped before the text's end. */
  readonly isComplete: boolean;
}

/** An answer that holds at a caret. */
export interface KnownAnswer {
  readonly answer: Answer;
  /** The beginning of the answer's text that the user has typed since. */
  readonly typed: string;
  /** Closing brackets and quotes that the editor has inserted right of the caret while it was typed. */
  readonly autoClosed: string;
  /** The text that is left; empty only where the answer itself is empty. */
  readonly text: string;
}

/** What a scope is made of. */
export interface ScopeParts {
  readonly document: Pick<DocumentSnapshot, "uri" | "path" | "repository" | "languageId">;
  /** SHA-256 of the model's weights. */
  readonly model: string;
  readonly settings: CompletionSettings;
  /** What the repository around the document is like; see SnippetProvider. */
  readonly context: string;
}

/**
 * The key of all that an answer depends on besides prefix and suffix: answers of another scope are stale. How much the
 * machine could do when an answer was written is no part of it: a shorter answer is no wrong one.
 */
export function scopeOf({
  document: { uri, path, repository, languageId },
  model,
  settings,
  context,
}: ScopeParts): string {
  return JSON.stringify([uri, path, repository, languageId, model, Object.entries(settings), context]);
}

/**
 * Does an answer hold at a caret? The text before the caret must be what it was plus a beginning of the answer, the
 * text after the caret what it was; both as far as a model could see.
 */
export function matchAnswer(answer: Answer, site: Site): KnownAnswer | undefined {
  const known = matchGrowing(answer, site);
  // All of it is typed: what comes next is a new question. An empty answer holds at its own place only.
  return known === undefined || (known.text.trim() === "" && answer.text !== "") ? undefined : known;
}

/** The same for an answer that is still being written: it may have been typed to its present end. */
export function matchGrowing(answer: Answer, { context, isSuffixCut }: Site): KnownAnswer | undefined {
  const { prefix, suffix, language } = answer.context;
  if (!context.prefix.startsWith(prefix)) {
    return undefined;
  }
  const typed = context.prefix.slice(prefix.length);
  if (!answer.text.startsWith(typed)) {
    return undefined;
  }
  const text = answer.text.slice(typed.length);
  if (context.suffix === suffix) {
    return { answer, typed, autoClosed: "", text };
  }
  const opened = scan(typed, language.lexicon, answer.context.state);
  const autoClosed = opened.state.frames
    .slice(opened.outerFrames)
    .map((frame) =>
      frame.kind === "bracket" ? closerOf(frame.opener) : frame.kind === "string" ? frame.rule.delimiter : "",
    )
    .reverse()
    .join("");
  const rest = context.suffix.slice(autoClosed.length);
  const isSame = rest === suffix || (isSuffixCut && rest !== "" && suffix.startsWith(rest));
  return autoClosed !== "" && context.suffix.startsWith(autoClosed) && isSame
    ? { answer, typed, autoClosed, text }
    : undefined;
}

/** The last answers, the latest first. */
export class AnswerMemory {
  readonly #answers: Answer[] = [];

  /** The latest answer that holds at a caret. */
  find(scope: string, site: Site): KnownAnswer | undefined {
    for (const answer of this.#answers) {
      const known = answer.scope === scope ? matchAnswer(answer, site) : undefined;
      if (known !== undefined) {
        this.#moveToFront(answer);
        return known;
      }
    }
    return undefined;
  }

  /** Keeps an answer; it replaces one for the same place. */
  remember(answer: Answer): void {
    const index = this.#answers.findIndex(
      (other) => other.scope === answer.scope && isSamePlace(other.context, answer.context),
    );
    if (index >= 0) {
      this.#answers.splice(index, 1);
    }
    this.#answers.unshift(answer);
    this.#answers.length = Math.min(this.#answers.length, keptAnswers);
  }

  #moveToFront(answer: Answer): void {
    this.#answers.splice(this.#answers.indexOf(answer), 1);
    this.#answers.unshift(answer);
  }
}

function isSamePlace(a: CaretContext, b: CaretContext): boolean {
  return a.prefix === b.prefix && a.suffix === b.suffix;
}
