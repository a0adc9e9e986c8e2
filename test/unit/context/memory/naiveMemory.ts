// The personal memory by its definition: scans every file for every question.
import { type ContextCounts, continuation, interpolate } from "../../../../server/src/context/memory/backOff.js";
import type { Expectation, Proposal } from "../../../../server/src/context/memory/personalMemory.js";

const longestContext = 16;
const mostOccurrences = 4096;

interface Place {
  readonly tokens: readonly number[];
  readonly place: number;
}

export class NaiveMemory {
  /** In the order of their last update. */
  readonly files = new Map<number, readonly number[]>();

  update(file: number, tokens: readonly number[]): void {
    this.files.delete(file);
    this.files.set(file, tokens);
  }

  remove(file: number): boolean {
    return this.files.delete(file);
  }

  distribution(endOfText: readonly number[]): Expectation {
    const contexts = this.#contexts(endOfText).map(({ counts }) => counts);
    return { ...interpolate(contexts), matched: contexts.at(-1)?.length ?? 0 };
  }

  propose(endOfText: readonly number[], maximumTokens: number): Proposal {
    const contexts = this.#contexts(endOfText);
    const longest = contexts.at(-1);
    if (longest === undefined) return { tokenIds: [], probabilities: [], matched: 0 };
    const tokenIds: number[] = [];
    const probabilities: number[] = [];
    let places = longest.places;
    while (places.length > 0 && tokenIds.length < maximumTokens) {
      const next = countNext(places);
      const most = Math.max(...next.values());
      // Places are in the order of their age: the last one with a most frequent token wins.
      const winner = places.filter((place) => next.get(tokenAt(place)) === most).at(-1) as Place;
      const token = tokenAt(winner);
      probabilities.push(
        tokenIds.length === 0
          ? (this.distribution(endOfText).probabilities.get(token) ?? 0)
          : continuation(longest.counts.length + tokenIds.length, most, places.length, next.size),
      );
      tokenIds.push(token);
      places = places
        .filter((place) => tokenAt(place) === token)
        .map(({ tokens, place }) => ({ tokens, place: place + 1 }))
        .filter(({ tokens, place }) => place < tokens.length);
    }
    return { tokenIds, probabilities, matched: longest.counts.length };
  }

  #contexts(endOfText: readonly number[]): { readonly counts: ContextCounts; readonly places: readonly Place[] }[] {
    const found: { counts: ContextCounts; places: readonly Place[] }[] = [];
    for (let length = 1; length <= Math.min(longestContext, endOfText.length); length++) {
      const context = endOfText.slice(-length);
      const places: Place[] = [];
      for (const tokens of this.files.values()) {
        for (let place = length; place < tokens.length; place++) {
          if (context.every((token, index) => tokens[place - length + index] === token)) places.push({ tokens, place });
        }
      }
      if (places.length === 0) break;
      if (places.length > mostOccurrences) continue;
      if (found.at(-1)?.places.length === places.length) found.pop();
      found.push({ counts: { length, next: countNext(places), total: places.length }, places });
    }
    return found;
  }
}

function tokenAt({ tokens, place }: Place): number {
  return tokens[place] as number;
}

function countNext(places: readonly Place[]): Map<number, number> {
  const next = new Map<number, number>();
  for (const place of places) next.set(tokenAt(place), (next.get(tokenAt(place)) ?? 0) + 1);
  return next;
}
