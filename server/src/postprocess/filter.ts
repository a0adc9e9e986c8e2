// What a post-processing filter is: a pure function from a draft and the text around the caret to a draft.
import type { CaretContext } from "../syntax/caretContext.js";

/** A text on its way to being a suggestion. */
export interface Draft {
  /** LF line ends; empty when there is nothing to show. */
  readonly text: string;
  /** Characters to the right of the caret, on its line, that the text replaces. */
  readonly replaces: number;
}

/** A function, class or other unit of code, as a syntax tree has it. UTF-16 offsets from the start of the written text. */
export interface Definition {
  readonly kind: "definition" | "statement";
  /** Negative where it starts before the caret. */
  readonly start: number;
  readonly end: number;
}

/** A source text to parse. */
export interface DefinitionSource {
  readonly text: string;
  /** Where the written text starts in it. */
  readonly caret: number;
}

/** Finds definitions and compound statements by syntax tree. */
export interface Definitions {
  /** Resolves when `find` may be called. */
  readonly ready: Promise<void>;
  /**
   * Those of a source text, in the order of their starts; undefined where there is no tree.
   *
   * @param written what the model has written; the answer is kept under it, since a growing text is asked about often
   */
  find(written: string, source: () => DefinitionSource): readonly Definition[] | undefined;
}

/** What filters may look at. */
export interface FilterContext extends CaretContext {
  /** Texts of the model's special tokens. */
  readonly specialTokens: readonly string[];
  /** Without it blocks end by indentation. */
  readonly definitions?: Definitions | undefined;
  /** Names of filters that are left out, to measure what they are worth; none in the editor. */
  readonly disabled?: ReadonlySet<string> | undefined;
}

/** A filter's name and what it does. */
export interface Filter {
  readonly name: string;
  apply(draft: Draft, context: FilterContext): Draft;
}

/** Why a text is cut; a part of the reasons for which a completion stops. */
export type CutReason = "lineEnd" | "suffixLine" | "blockEnd" | "repetition" | "horizon" | "budget";

/** Where a text is to end, and why. */
export interface Cut {
  /** UTF-16 offset. */
  readonly end: number;
  readonly reason: CutReason;
}

/**
 * Finds the end of a text that may still be growing.
 *
 * @param isComplete whether the last line is whole; if not, a cut must not depend on how it goes on
 */
export type FindCut = (text: string, context: FilterContext, isComplete: boolean) => Cut | undefined;

/** The filter that applies a cut to a whole text. */
export function filterOfCut(name: string, findCut: FindCut): Filter {
  return {
    name,
    apply: (draft, context) => {
      const cut = findCut(draft.text, context, true);
      return cut === undefined ? draft : { ...draft, text: cutText(draft.text, cut) };
    },
  };
}

/** What is left of a text: no blank lines at its end. */
export function cutText(text: string, { end }: Cut): string {
  return text.slice(0, end).replace(/\n\s*$/, "");
}
