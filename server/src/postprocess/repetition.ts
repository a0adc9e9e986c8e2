// A small model can fall into a loop. The text ends after the first round of it.
import { previousLine } from "../syntax/caretContext.js";
import type { FilterContext } from "./filter.js";
import { type Cut, type FindCut, filterOfCut } from "./filter.js";

/** Rounds of the same lines that make a loop. Two occur in honest code (two equal calls), three hardly ever. */
const lineRounds = 3;

/** Longest round, in lines. A loop of a small model is one to three lines long; longer ones end at the budget. */
const longestRound = 4;

/** Rounds of the same characters within a line that make a loop: `0, 0, 0, 0` is a row of a matrix. */
const characterRounds = 6;

/** Shortest loop within a line, in characters: `1000000` and `aaaaaaaa` are no loops. */
const shortestCharacterLoop = 24;

/** Longest round within a line, in characters; also bounds the work per token. */
const longestCharacterRound = 40;

const characterLoop = new RegExp(`([^\\n]{1,${longestCharacterRound}}?)\\1{${characterRounds - 1},}`, "g");

/** A round must say something: `}` lines and rulers of `-` or `=` repeat in honest code. */
const sayingSomething = /[\p{L}\p{N}]/u;

/** Ends the text where lines or characters begin to repeat without end; drops a text that only repeats the line above. */
export const findRepetition: FindCut = (text, context, isComplete) =>
  repeatsLineAbove(text, context, isComplete) ?? findLineLoop(text, isComplete) ?? findCharacterLoop(text, isComplete);

function repeatsLineAbove(text: string, context: FilterContext, isComplete: boolean): Cut | undefined {
  const newline = text.indexOf("\n");
  // Whoever has typed the beginning of such a line wants it.
  if (context.mode !== "block" || (newline < 0 && !isComplete)) {
    return undefined;
  }
  const first = (context.linePrefix + (newline < 0 ? text : text.slice(0, newline))).trimEnd();
  return sayingSomething.test(first) && first === previousLine(context) ? { end: 0, reason: "repetition" } : undefined;
}

function findLineLoop(text: string, isComplete: boolean): Cut | undefined {
  const lines = text.split("\n");
  const count = isComplete ? lines.length : lines.length - 1;
  for (let length = 1; length <= longestRound; length++) {
    for (let start = 0; start + length * lineRounds <= count; start++) {
      const round = lines.slice(start, start + length);
      const isLoop =
        round.some((line) => sayingSomething.test(line)) &&
        lines
          .slice(start + length, start + length * lineRounds)
          .every((line, index) => line.trim() === round[index % length]?.trim());
      if (isLoop) {
        return { end: lines.slice(0, start + length).join("\n").length, reason: "repetition" };
      }
    }
  }
  return undefined;
}

function findCharacterLoop(text: string, isComplete: boolean): Cut | undefined {
  // While a text grows, its earlier lines have been looked at before; a token seldom holds more than one line end.
  const from = isComplete ? 0 : text.lastIndexOf("\n", text.lastIndexOf("\n") - 1) + 1;
  for (const match of text.slice(from).matchAll(characterLoop)) {
    const round = match[1] ?? "";
    if (match[0].length >= shortestCharacterLoop && sayingSomething.test(round)) {
      return { end: from + match.index + round.length, reason: "repetition" };
    }
  }
  return undefined;
}

export const repetition = filterOfCut("repetition", findRepetition);
