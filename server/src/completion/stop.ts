// Decides, token by token, whether the text has come to its end. Pure: it is given the whole text each time, which is
// short, and says where it ends and why.
import type { Horizon } from "../inference/generation.js";
import { findBlockEnd, isBeginningKnown } from "../postprocess/blockEnd.js";
import { type Cut, cutText, type FilterContext, type FindCut } from "../postprocess/filter.js";
import { applyFilters, openingFilters } from "../postprocess/index.js";
import { findRepetition } from "../postprocess/repetition.js";
import { findLineEnd } from "../postprocess/singleLine.js";
import { findSuffixLine } from "../postprocess/suffixLine.js";
import { scan } from "../syntax/scanner.js";

/**
 * Tokens still to come at which the model counts as finished. The horizon is a regression: at the true end it says a
 * little more than 0, one token before it a little less than 1. Half a token is the middle; to be tuned on the
 * development split.
 */
export const finishedTokens = 0.5;

/**
 * Share of the middle still to come at which the model counts as finished: less than one token of the longest middle
 * that is trained on (160 tokens; 1/160 = 0.006). Below it only the absolute figure could say otherwise, and for long
 * middles that is the less certain of the two. To be tuned on the development split.
 */
export const finishedFraction = 0.006;

/** A cut under the name of the filter that makes it: who leaves out the one leaves out the other. */
interface NamedCut {
  readonly name: string;
  readonly find: FindCut;
}

/** Cuts that depend on whole lines and on how the last line begins. */
const lineCuts: readonly NamedCut[] = [
  { name: "singleLine", find: findLineEnd },
  { name: "suffixLine", find: findSuffixLine },
  { name: "blockEnd", find: findBlockEnd },
];

/** The end of a text. */
export interface Stop extends Cut {
  /** The text up to its end, its beginning cleaned. */
  readonly text: string;
}

/** What a stop depends on besides the texts. */
export interface StopOptions {
  /** What the model said after its last token; undefined for a model without horizon outputs. */
  readonly horizon: Horizon | undefined;
  /** Most lines of the text. */
  readonly maxLines: number;
  /** The last token's text: what has been looked at before need not be looked at again. Default: all of the text. */
  readonly added?: string;
  /** The model has ended the text itself, so that its last line is whole. */
  readonly isComplete: boolean;
}

/**
 * Says whether a growing text ends here, or has ended already.
 *
 * @param written what the model has written so far
 */
export function findStop(
  written: string,
  context: FilterContext,
  { horizon, maxLines, isComplete, added = written }: StopOptions,
): Stop | undefined {
  const { text } = applyFilters(written, context, openingFilters);
  if (text === "") {
    return undefined;
  }
  let best: Cut | undefined;
  const finders: readonly NamedCut[] =
    changesLines(text, added, context) || isComplete
      ? [
          ...lineCuts,
          { name: "maxLines", find: findLastLine(maxLines) },
          { name: "horizon", find: findHorizon(horizon) },
        ]
      : [];
  for (const { name, find } of [...finders, { name: "repetition", find: findRepetition }]) {
    const cut = context.disabled?.has(name) === true ? undefined : find(text, context, isComplete);
    if (cut !== undefined && cut.end < (best?.end ?? text.length)) {
      best = cut;
    }
  }
  return best === undefined ? undefined : { ...best, text: cutText(text, best) };
}

/** May the last token have ended a line, or told how the last line begins? */
function changesLines(text: string, added: string, context: FilterContext): boolean {
  const before = text.slice(text.lastIndexOf("\n") + 1, Math.max(0, text.length - added.length));
  return added.includes("\n") || !isBeginningKnown(before.trimStart(), context);
}

/** Ends the text after so many lines; the rest of the caret's line is the first, even if it stays empty. */
function findLastLine(maxLines: number): FindCut {
  return (text) => {
    let end = -1;
    for (let line = 0; line < maxLines; line++) {
      end = text.indexOf("\n", end + 1);
      if (end < 0) {
        return undefined;
      }
    }
    return { end, reason: maxLines === 1 ? "lineEnd" : "budget" };
  };
}

/**
 * Ends the text where the model planned to end it, if that is at the end of a line and nothing is left open. Within a
 * line the end-of-middle token decides: to wait for it costs one token, to be wrong costs half a word.
 */
function findHorizon(horizon: Horizon | undefined): FindCut {
  return (text, context) => {
    const lineEnd = text.lastIndexOf("\n");
    const isAtLineEnd = lineEnd >= 0 && text.slice(lineEnd).trim() === "" && text.slice(0, lineEnd).trim() !== "";
    if (horizon === undefined || !isAtLineEnd || !isFinished(horizon)) {
      return undefined;
    }
    const { state, outerFrames } = scan(text, context.language.lexicon, context.state);
    return state.frames.length > outerFrames ? undefined : { end: lineEnd, reason: "horizon" };
  };
}

function isFinished({ remainingTokens, fraction }: Horizon): boolean {
  return remainingTokens < finishedTokens || fraction < finishedFraction;
}
