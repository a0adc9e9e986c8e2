// Finds an accepted text again in a document that was replaced under it: reformatted, or read anew from the disk.
import type { TextRange } from "./persistence.js";

/** Most steps of one search, pattern tokens × document tokens: about 10 ms. */
const mostSteps = 3_000_000;

/** Share of the tokens that may be others: with more of them it could be any code. */
const mostDifferent = 0.5;

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Where a text stands now: its nearest exact copy, else the run of tokens that is most like it.
 *
 * @param near offset where it is expected
 * @returns undefined where nothing is like it
 */
export function locateText(document: string, text: string, near: number): TextRange | undefined {
  const wanted = text.trim();
  if (wanted === "") {
    return undefined;
  }
  return nearestCopy(document, wanted, near) ?? mostAlike(document, wanted, near);
}

function nearestCopy(document: string, wanted: string, near: number): TextRange | undefined {
  const before = document.lastIndexOf(wanted, near);
  const after = document.indexOf(wanted, near);
  if (before < 0 && after < 0) {
    return undefined;
  }
  const start = before < 0 || (after >= 0 && after - near < near - before) ? after : before;
  return { start, end: start + wanted.length };
}

/** Sellers' algorithm over tokens: the part of the document with the smallest edit distance to the pattern. */
function mostAlike(document: string, wanted: string, near: number): TextRange | undefined {
  const pattern = tokens(wanted).map((token) => token.text);
  const all = tokens(document);
  const room = Math.floor(mostSteps / Math.max(1, pattern.length));
  const middle = all.findIndex((token) => token.end > near);
  const first = all.length <= room ? 0 : Math.max(0, (middle < 0 ? all.length : middle) - Math.floor(room / 2));
  const searched = all.slice(first, first + room);
  const rows = pattern.length + 1;
  let distance = Uint32Array.from({ length: rows }, (_, row) => row);
  let begin = new Int32Array(rows);
  let best = { distance: Math.floor(pattern.length * mostDifferent) + 1, from: 0, to: 0, away: 0 };
  for (const [column, token] of searched.entries()) {
    const nextDistance = new Uint32Array(rows);
    const nextBegin = new Int32Array(rows);
    nextBegin[0] = column + 1;
    for (let row = 1; row < rows; row++) {
      const replaced = (distance[row - 1] as number) + (pattern[row - 1] === token.text ? 0 : 1);
      const added = (distance[row] as number) + 1;
      const removed = (nextDistance[row - 1] as number) + 1;
      const least = Math.min(replaced, added, removed);
      nextDistance[row] = least;
      nextBegin[row] = (
        least === replaced ? begin[row - 1] : least === added ? begin[row] : nextBegin[row - 1]
      ) as number;
    }
    distance = nextDistance;
    begin = nextBegin;
    const found = { distance: distance[rows - 1] as number, from: begin[rows - 1] as number, to: column };
    const away = Math.abs((searched[found.from]?.start ?? 0) - near);
    if (
      found.from <= column &&
      (found.distance < best.distance || (found.distance === best.distance && away < best.away))
    ) {
      best = { ...found, away };
    }
  }
  return best.distance > pattern.length * mostDifferent
    ? undefined
    : { start: searched[best.from]?.start ?? 0, end: searched[best.to]?.end ?? 0 };
}

function tokens(text: string): Token[] {
  return Array.from(text.matchAll(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu), (match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}
