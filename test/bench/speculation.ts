// What drafts are worth: how long the same texts take with and without them, in turn, in one process.
import { chooseGreedily } from "../../server/src/inference/choice.js";
import type { DecodeOptions, Sequence } from "../../server/src/inference/decode.js";
import { decode } from "../../server/src/inference/decode.js";
import type { Decoder } from "../../server/src/inference/decoder.js";
import { DraftLength } from "../../server/src/inference/draftLength.js";
import { longestDraft, promptLookup } from "../../server/src/inference/drafts.js";
import type { GeneratedToken } from "../../server/src/inference/generation.js";
import { mixMemory } from "../../server/src/inference/mixing.js";
import type { MemoryHole } from "./memoryHoles.js";

const never = new AbortController().signal;

/** What drafts are measured with. */
export type DraftMode = "prompt" | "memory" | "memoryMixed";

/** All texts of one mode. */
export interface SpeculationReport {
  /** Milliseconds without drafts / with: above 1 drafts pay. */
  readonly ratio: number;
  /** Tokens that a run of the graph wrote with drafts; without them it is 1. */
  readonly tokensPerRun: number;
  /** Share of the drafted tokens that were written. */
  readonly accepted: number;
  readonly tokens: number;
  readonly texts: number;
  /** Texts that are the same with drafts as without. */
  readonly sameTexts: number;
}

interface Sums {
  plain: number;
  drafted: number;
  tokens: number;
  runs: number;
  rows: number;
  texts: number;
  same: number;
}

/** Measures one hole after the other; the drafts' lengths learn from all of them, as in the editor. */
export class Speculation {
  readonly #decoder: Decoder;
  readonly #specialIds: ReadonlySet<number>;
  readonly #maxTokens: number;
  readonly #now: () => number;
  readonly #singleRows: boolean;
  readonly #lengths = new Map<DraftMode, DraftLength>();
  readonly #sums = new Map<DraftMode, Sums>();

  /**
   * @param maxTokens of each text; an end of the text counts, as in the editor
   * @param singleRows whether the decoder reads single tokens by themselves
   */
  constructor(
    decoder: Decoder,
    specialIds: ReadonlySet<number>,
    maxTokens: number,
    now: () => number,
    singleRows: boolean,
  ) {
    this.#decoder = decoder;
    this.#specialIds = specialIds;
    this.#maxTokens = maxTokens;
    this.#now = now;
    this.#singleRows = singleRows;
  }

  async measure({ prompt, memory }: MemoryHole): Promise<void> {
    await this.#decoder.prefill(prompt, never);
    const start = this.#decoder.tokens.length;
    const { next } = this.#decoder;
    if (next === undefined) throw new Error("a prompt was not read");
    for (const mode of ["prompt", "memory", "memoryMixed"] as const) {
      const length = this.#lengths.get(mode) ?? new DraftLength(this.#singleRows);
      this.#lengths.set(mode, length);
      const remembered = { draft: (text: readonly number[], most: number) => memory.propose(text, most) };
      const source = mode === "prompt" ? promptLookup : longestDraft([promptLookup, remembered]);
      const choose = mode === "memoryMixed" ? mixMemory(memory, this.#specialIds) : chooseGreedily;
      const sums = this.#sums.get(mode) ?? { plain: 0, drafted: 0, tokens: 0, runs: 0, rows: 0, texts: 0, same: 0 };
      this.#sums.set(mode, sums);
      // In turn, the first one another each time: whatever else the machine does meets both alike.
      const order = sums.texts % 2 === 0 ? [false, true] : [true, false];
      const written = new Map<boolean, GeneratedToken[]>();
      for (const isDrafted of order) {
        this.#decoder.rewind(start, next);
        const drafts = isDrafted ? { source, length } : undefined;
        const { tokens, milliseconds, runs, rows } = await this.#write({ choose, drafts });
        written.set(isDrafted, tokens);
        if (isDrafted) {
          sums.drafted += milliseconds;
          sums.runs += runs;
          sums.rows += rows;
        } else {
          sums.plain += milliseconds;
          sums.tokens += tokens.length;
        }
      }
      sums.texts++;
      const [drafted, plain] = [true, false].map((which) =>
        written
          .get(which)
          ?.map(({ id }) => id)
          .join(),
      );
      if (drafted === plain) sums.same++;
    }
    this.#decoder.rewind(start, next);
  }

  report(mode: DraftMode): SpeculationReport | undefined {
    const sums = this.#sums.get(mode);
    if (sums === undefined) return undefined;
    const { plain, drafted, tokens, runs, rows, texts, same } = sums;
    return {
      ratio: plain / drafted,
      tokensPerRun: tokens / runs,
      accepted: rows === runs ? 0 : (tokens - runs) / (rows - runs),
      tokens,
      texts,
      sameTexts: same,
    };
  }

  async #write(options: Pick<DecodeOptions, "choose" | "drafts">) {
    const decoder = this.#decoder;
    let runs = 0;
    let rows = 0;
    const counted: Sequence = {
      get tokens() {
        return decoder.tokens;
      },
      get room() {
        return decoder.room;
      },
      get next() {
        return decoder.next;
      },
      read: (tokens, predictions) => {
        runs++;
        rows += tokens.length;
        return decoder.read(tokens, predictions);
      },
      rewind: (length, next) => decoder.rewind(length, next),
    };
    const tokens: GeneratedToken[] = [];
    const started = this.#now();
    await decode(counted, {
      ...options,
      maxTokens: this.#maxTokens,
      endIds: this.#specialIds,
      signal: never,
      onToken: (token) => tokens.push(token),
    });
    return { tokens, milliseconds: this.#now() - started, runs, rows };
  }
}
