// Token healing: which tokens are taken back, and that what is written then begins with what is typed.
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { decode, type Prediction, type Sequence } from "../../../server/src/inference/decode.js";
import type { GeneratedToken } from "../../../server/src/inference/generation.js";
import { findPartialTokens, forcedSteps, type HealingOptions } from "../../../server/src/inference/healing.js";
import { createRandom } from "../../../server/src/inference/sampler.js";
import { readTokenizer, type Tokenizer } from "../../../server/src/inference/tokenizer.js";
import { byteString, Vocabulary } from "../../../server/src/inference/vocabulary.js";

const root = path.join(import.meta.dirname, "..", "..", "..");
const never = new AbortController().signal;
let tokenizer: Tokenizer;
let options: HealingOptions;

beforeAll(async () => {
  tokenizer = await readTokenizer(path.join(root, "models", "default", "tokenizer.json"));
  const ids = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id);
  options = {
    encode: (text) => tokenizer.encode(text),
    bytesOf: (id) => tokenizer.bytesOf(id),
    vocabulary: new Vocabulary(ids.map((id) => (tokenizer.specialIds.has(id) ? undefined : tokenizer.bytesOf(id)))),
  };
});

/** A sequence whose model wants tokens at random. */
class RandomSequence implements Sequence {
  readonly tokens: number[] = [0];
  readonly room = 1000;
  next: Prediction;
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
    this.next = this.#predict();
  }

  async read(tokens: readonly number[]): Promise<readonly Prediction[]> {
    this.tokens.push(...tokens);
    this.next = this.#predict();
    return [this.next];
  }

  rewind(): void {
    throw new Error("nothing was drafted");
  }

  #predict(): Prediction {
    const logits = Float32Array.from({ length: tokenizer.vocabularySize }, () => 10 * this.#random());
    return { logits, horizon: undefined };
  }
}

async function writeForced(forced: string, seed: number) {
  const sequence = new RandomSequence(seed);
  const tokens: GeneratedToken[] = [];
  await decode(sequence, {
    maxTokens: 1,
    endIds: tokenizer.specialIds,
    signal: never,
    onToken: (token) => tokens.push(token),
    forced: forcedSteps(forced, options.vocabulary),
  });
  const written = Buffer.concat(sequence.tokens.slice(1).map((id) => tokenizer.bytesOf(id)));
  return { written, tokens };
}

const texts = [
  "const result = computeTheAverage(values, totalLength);\n\tif (result === undefined) {\n        return",
  "def naïveGrößenverhältnis(çelişki):\n    # 世界 привет 👩‍👩‍👧‍👦 \n    prin",
  "x    \n\n\n        \t\t  ",
];

describe("findPartialTokens", () => {
  it("takes back the part of a word that a longer token begins with", () => {
    expect(findPartialTokens("    retu", options)).toMatch(/retu$/);
    expect(findPartialTokens("x = self.underst", options)).not.toBe("");
  });

  it("takes back white space that a longer run begins with", () => {
    expect(findPartialTokens("{\n   ", options)).toMatch(/^\s+$/);
  });

  it("takes back nothing of an empty prefix", () => {
    expect(findPartialTokens("", options)).toBe("");
  });

  it("takes back whole characters, from the end of the prefix, at any caret", () => {
    for (const text of texts) {
      for (let caret = 1; caret <= text.length; caret++) {
        const prefix = text.slice(0, caret);
        if (/[\uD800-\uDBFF]$/.test(prefix)) continue; // no caret stands within a character
        const partial = findPartialTokens(prefix, options);
        expect(prefix.endsWith(partial)).toBe(true);
        expect(partial).not.toContain("\uFFFD");
      }
    }
  });
});

describe("what is written behind tokens that were taken back", () => {
  it("spells them out first, in whatever tokens, and hands out only what goes beyond them", async () => {
    let beyond = 0;
    for (const [number, text] of texts.entries()) {
      for (let caret = 1; caret <= text.length; caret += 2) {
        const forced = findPartialTokens(text.slice(0, caret), options);
        if (forced === "" || forced.includes("\uFFFD")) continue;
        const { written, tokens } = await writeForced(forced, 1000 * number + caret);
        expect(byteString(written).startsWith(byteString(Buffer.from(forced)))).toBe(true);
        expect(tokens).toHaveLength(1);
        const last = tokens[0] as GeneratedToken;
        const rest = tokenizer.bytesOf(last.id).subarray(last.typedBytes);
        expect(Buffer.from(forced).length + rest.length).toBe(written.length);
        expect(last.logProbability).toBeLessThanOrEqual(0);
        beyond += rest.length > 0 ? 1 : 0;
      }
    }
    expect(beyond).toBeGreaterThan(20);
  });

  it("has the probability among the tokens that agree", async () => {
    const agreeing = options.vocabulary.agreeingWith("retu");
    expect(agreeing.size).toBeGreaterThan(1);
    const sequence = new RandomSequence(5);
    const { logits } = sequence.next;
    const sum = [...agreeing.keys()].reduce((total, id) => total + Math.exp(logits[id] as number), 0);
    const { tokens } = await writeForced("retu", 5);
    const first = [...agreeing.keys()].reduce((a, z) => ((logits[z] as number) > (logits[a] as number) ? z : a));
    if (tokens[0]?.id === first) {
      expect(tokens[0].logProbability).toBeCloseTo((logits[first] as number) - Math.log(sum), 5);
    } else {
      expect(agreeing.get(first)).toBeLessThan(4);
    }
  });

  it("stops when it is cancelled", async () => {
    const sequence = new RandomSequence(1);
    const end = await decode(sequence, {
      maxTokens: 3,
      endIds: new Set(),
      signal: AbortSignal.abort(),
      onToken: () => expect.unreachable("nothing is written"),
      forced: forcedSteps("ret", options.vocabulary),
    });
    expect(end).toBe("cancelled");
  });
});
