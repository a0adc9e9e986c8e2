// Which samples a report shows, and what of the text around them.
import type { Hole, SampleRecord, Suggestion } from "../hole.js";
import { confidenceOf } from "../metrics/brier.js";

/** What stood around a hole, cut to what a reader needs. */
export interface Surroundings {
  /** End of the prefix. */
  readonly prefix: string;
  /** Beginning of the suffix. */
  readonly suffix: string;
  /** Snippets of the prompt. */
  readonly snippets: readonly string[];
}

/** A sample to show. */
export interface Example {
  readonly record: SampleRecord;
  /** Where the runner still knows them. */
  readonly surroundings?: Surroundings | undefined;
}

/** The samples that a report shows. */
export interface Examples {
  /** Shown with confidence and far from the truth, the worst first. */
  readonly worst: readonly Example[];
  /** Right, the longest first. */
  readonly best: readonly Example[];
}

/** Lines before and after the caret, and UTF-16 units of a line or a snippet, that are shown. */
const linesBefore = 12;
const linesAfter = 6;
const longestText = 2000;

/** Cuts what stood around a hole to what a reader needs. */
export function surroundingsOf(
  { prefix, suffix }: Pick<Hole, "prefix" | "suffix">,
  { snippets }: Pick<Suggestion, "snippets">,
): Surroundings {
  return {
    prefix: prefix.split("\n").slice(-linesBefore).join("\n").slice(-longestText),
    suffix: suffix.split("\n").slice(0, linesAfter).join("\n").slice(0, longestText),
    snippets: snippets.map((snippet) =>
      snippet.length > longestText ? `${snippet.slice(0, longestText)} …` : snippet,
    ),
  };
}

/** Chooses the worst and the best of samples that come one by one; the same ones in whatever order they come. */
export class ExampleSelection {
  readonly #worst: Ranking;
  readonly #best: Ranking;

  /** @param size most samples of either kind */
  constructor(size = 10) {
    this.#worst = new Ranking(size);
    this.#best = new Ranking(size);
  }

  /** @param surroundings asked for only when the sample is among the chosen so far */
  add(record: SampleRecord, surroundings?: () => Surroundings): void {
    if (record.metrics.exactMatch === 1) {
      this.#best.add(record.truth.trim().length, record, surroundings);
    } else if (record.text !== "") {
      // Sure of it and far off: both count.
      const confidence = record.meanLogProbability === undefined ? 0.5 : confidenceOf(record.meanLogProbability);
      this.#worst.add(confidence * (1 - (record.metrics.editSimilarity ?? 0)), record, surroundings);
    }
  }

  get examples(): Examples {
    return { worst: this.#worst.examples, best: this.#best.examples };
  }
}

/** The samples with the highest ranks. */
class Ranking {
  readonly #size: number;
  readonly #ranked: { readonly rank: number; readonly example: Example }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get examples(): readonly Example[] {
    return this.#ranked.map(({ example }) => example);
  }

  add(rank: number, record: SampleRecord, surroundings: (() => Surroundings) | undefined): void {
    const place = this.#ranked.findIndex(
      (other) => rank > other.rank || (rank === other.rank && record.id < other.example.record.id),
    );
    const at = place < 0 ? this.#ranked.length : place;
    if (at < this.#size) {
      this.#ranked.splice(at, 0, { rank, example: { record, surroundings: surroundings?.() } });
      this.#ranked.length = Math.min(this.#ranked.length, this.#size);
    }
  }
}
