// Writing with drafts gives what is written without them, in fewer runs; with a model that is a rule, and knows nothing else.
import { describe, expect, it } from "vitest";
import { chooseGreedily } from "../../../server/src/inference/choice.js";
import { type DecodeOptions, decode, type Prediction, type Sequence } from "../../../server/src/inference/decode.js";
import { DraftLength } from "../../../server/src/inference/draftLength.js";
import { type DraftSource, longestDraft, promptLookup } from "../../../server/src/inference/drafts.js";
import type { GeneratedToken } from "../../../server/src/inference/generation.js";
import { createRandom, createSampler } from "../../../server/src/inference/sampler.js";

const vocabularySize = 12;
const end = 0;
const never = new AbortController().signal;

/** A sequence whose model is a function of all that was read; it checks that it is asked only for what there can be. */
class RuleSequence implements Sequence {
  tokens: number[];
  next: Prediction | undefined;
  readonly runs: number[] = [];

  constructor(
    prompt: readonly number[],
    readonly rule: (tokens: readonly number[]) => Float32Array,
    readonly maximumPositions = 1000,
  ) {
    this.tokens = [...prompt];
    this.next = this.#predict();
  }

  get room(): number {
    return this.maximumPositions - this.tokens.length;
  }

  async read(tokens: readonly number[], predictions: number): Promise<readonly Prediction[]> {
    if (tokens.length > this.room) throw new RangeError("no room");
    this.runs.push(tokens.length);
    const said = tokens.map((token) => {
      this.tokens.push(token);
      return this.#predict();
    });
    this.next = said.at(-1);
    return said.slice(tokens.length - predictions);
  }

  rewind(length: number, next: Prediction): void {
    this.tokens.length = length;
    this.next = next;
  }

  #predict(): Prediction {
    const remainingTokens = this.tokens.length % 9;
    return { logits: this.rule(this.tokens), horizon: { fraction: 0.5, remainingTokens } };
  }
}

/** Logits that depend on the last three tokens, by a seed. */
function seededRule(seed: number) {
  return (tokens: readonly number[]): Float32Array => {
    const [a = 0, b = 0, c = 0] = tokens.slice(-3);
    const random = createRandom(seed + a + 13 * b + 169 * c);
    const logits = Float32Array.from({ length: vocabularySize }, () => 4 * random());
    logits[end] = random() < 0.05 ? 9 : -9;
    return logits;
  };
}

async function write(sequence: Sequence, options: Partial<DecodeOptions> = {}) {
  const tokens: GeneratedToken[] = [];
  const reason = await decode(sequence, {
    maxTokens: 40,
    endIds: new Set([end]),
    signal: never,
    onToken: (token) => tokens.push(token),
    ...options,
  });
  return { tokens, reason };
}

const lookup = () => ({ source: promptLookup, length: new DraftLength() });

/** Proposes what the seed says, mostly nonsense. */
function noise(seed: number): DraftSource {
  const random = createRandom(seed);
  return {
    draft: (_, most) => ({
      tokenIds: Array.from({ length: Math.floor(random() * (most + 1)) }, () => Math.floor(random() * vocabularySize)),
      matched: 1 + Math.floor(random() * 16),
    }),
  };
}

describe("writing with drafts", () => {
  it("gives the tokens, the log-probabilities, the horizons and the end that come without", async () => {
    let fewer = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = createRandom(seed);
      const prompt = Array.from({ length: 60 }, () => 1 + Math.floor(random() * 4));
      const plain = new RuleSequence(prompt, seededRule(seed));
      const expected = await write(plain);
      for (const source of [promptLookup, noise(seed), longestDraft([promptLookup, noise(seed)])]) {
        const drafted = new RuleSequence(prompt, seededRule(seed));
        expect(await write(drafted, { drafts: { source, length: new DraftLength() } })).toEqual(expected);
        expect(drafted.tokens).toEqual(plain.tokens);
        expect(drafted.next).toEqual(plain.next);
        fewer += drafted.runs.length < plain.runs.length ? 1 : 0;
      }
    }
    expect(fewer).toBeGreaterThan(100);
  });

  it("draws the same tokens by the same seed", async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const sampling = { temperature: 0.7, seed };
      const prompt = [1, 2, 3, 1, 2, 3, 1, 2];
      const plain = await write(new RuleSequence(prompt, seededRule(seed)), { choose: createSampler(sampling) });
      const drafted = new RuleSequence(prompt, seededRule(seed));
      expect(await write(drafted, { choose: createSampler(sampling), drafts: lookup() })).toEqual(plain);
    }
  });

  it("writes not one token more than it may, and fills the last position", async () => {
    const always = (tokens: readonly number[]): Float32Array =>
      Float32Array.from({ length: vocabularySize }, (_, id) => (id === 1 + (tokens.length % 3) ? 1 : 0));
    const prompt = Array.from({ length: 30 }, (_, index) => 1 + (index % 3));
    for (let maxTokens = 1; maxTokens < 20; maxTokens++) {
      const sequence = new RuleSequence(prompt, always);
      const { tokens, reason } = await write(sequence, { maxTokens, drafts: lookup() });
      expect(tokens).toHaveLength(maxTokens);
      expect(reason).toBe("budget");
      expect(sequence.tokens).toHaveLength(30 + maxTokens);
    }
    const full = new RuleSequence(prompt, always, 37);
    await expect(write(full, { maxTokens: 8, drafts: lookup() })).rejects.toThrow(RangeError);
    expect(full.tokens).toHaveLength(37);
  });

  it("hands out nothing behind a cancellation", async () => {
    const always = (): Float32Array => Float32Array.from({ length: vocabularySize }, (_, id) => (id === 1 ? 1 : 0));
    for (let cancelAt = 1; cancelAt < 12; cancelAt++) {
      const stop = new AbortController();
      const sequence = new RuleSequence([1, 1, 1, 1], always);
      let seen = 0;
      const onToken = (): void => {
        if (++seen === cancelAt) stop.abort();
      };
      const { reason } = await write(sequence, { signal: stop.signal, onToken, drafts: lookup() });
      expect(reason).toBe("cancelled");
      expect(seen).toBe(cancelAt);
      expect(sequence.tokens).toHaveLength(4 + cancelAt);
    }
  });

  it("chooses by the text alone: special tokens are no part of it", async () => {
    const texts: number[][] = [];
    const sequence = new RuleSequence([5, end, 6], seededRule(3));
    await write(sequence, {
      maxTokens: 2,
      choose: (logits, text) => {
        texts.push([...text]);
        return chooseGreedily(logits);
      },
    });
    expect(texts[0]).toEqual([5, 6]);
  });
});

describe("tokens that are to be avoided", () => {
  it("are not what the text begins with, and it does not end at once; the probability is the one among all", async () => {
    const rule = () => Float32Array.from([5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0]);
    const total = rule().reduce((sum, logit) => sum + Math.exp(logit), 0);
    const { tokens } = await write(new RuleSequence([7], rule), { maxTokens: 1, avoid: [1, 2], drafts: lookup() });
    expect(tokens[0]?.id).toBe(3);
    expect(tokens[0]?.logProbability).toBeCloseTo(Math.log(Math.exp(2) / total), 5);
    const unbound = await write(new RuleSequence([7], rule));
    expect(unbound).toEqual({ tokens: [], reason: "endOfMiddle" });
  });
});

describe("promptLookup", () => {
  it("continues as the longest match did, and of equals as the last one", () => {
    expect(promptLookup.draft([1, 2, 3, 9, 2, 3, 8, 1, 2, 3], 4)).toEqual({ tokenIds: [9, 2, 3, 8], matched: 3 });
    expect(promptLookup.draft([2, 3, 9, 2, 3, 8, 2, 3], 1)).toEqual({ tokenIds: [8], matched: 2 });
  });

  it("proposes nothing where the last token is new", () => {
    expect(promptLookup.draft([1, 2, 3], 4)).toEqual({ tokenIds: [], matched: 0 });
    expect(promptLookup.draft([], 4)).toEqual({ tokenIds: [], matched: 0 });
  });

  it("proposes what runs into the end of the text itself", () => {
    expect(promptLookup.draft([7, 4, 4, 4], 8)).toEqual({ tokenIds: [4], matched: 2 });
  });
});

describe("DraftLength", () => {
  const draft = (matched: number, length = 20) => ({ tokenIds: Array.from({ length }, () => 1), matched });

  it("verifies more where more has matched, and never more than pays", () => {
    const length = new DraftLength();
    const lengths = [1, 2, 4, 8, 16].map((matched) => length.choose(draft(matched), undefined));
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(lengths.at(-1)).toBeGreaterThanOrEqual(5);
    expect(lengths[0]).toBeLessThan(2);
    expect(length.choose(draft(16, 2), undefined)).toBe(2);
  });

  it("verifies less where a token without a draft is read by itself, which is quicker", () => {
    const [beside, single] = [false, true].map((singleRows) => {
      const length = new DraftLength(singleRows);
      for (let round = 0; round < 100; round++) length.learn(4, 1, round % 4 === 0 ? 1 : 0);
      return length.choose(draft(4, 1), undefined);
    });
    expect([beside, single]).toEqual([1, 0]);
  });

  it("stops where the model says that the text ends", () => {
    const length = new DraftLength();
    expect(length.choose(draft(16), 0)).toBe(1);
    expect(length.choose(draft(16), 2.4)).toBe(4);
  });

  it("follows what was accepted", () => {
    const length = new DraftLength();
    const before = length.choose(draft(4), undefined);
    for (let round = 0; round < 50; round++) length.learn(4, 3, 0);
    expect(length.choose(draft(4), undefined)).toBe(0);
    for (let round = 0; round < 100; round++) length.learn(4, 8, 8);
    expect(length.choose(draft(4), undefined)).toBeGreaterThanOrEqual(before);
  });
});
