// What the memory of the user's files changes in what is chosen.
import { describe, expect, it } from "vitest";
import { PersonalMemory } from "../../../server/src/context/memory/personalMemory.js";
import { chooseGreedily } from "../../../server/src/inference/choice.js";
import { memoryWeight, mixMemory } from "../../../server/src/inference/mixing.js";
import { createRandom } from "../../../server/src/inference/sampler.js";
import type { ExpectedTokens } from "../../../server/src/inference/tokenMemory.js";

const ends = new Set([0, 1]);
const logitsOf = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);
const memoryOf = (expected: ExpectedTokens) => ({ distribution: () => expected });
const sure = memoryOf({ probabilities: new Map([[3, 0.9]]), unseen: 0.1, matched: 16 });

describe("the mixture", () => {
  it("is what the formula says, for every token, and sums to one", () => {
    const random = createRandom(1);
    for (let round = 0; round < 100; round++) {
      const logits = Float32Array.from({ length: 20 }, () => 6 * random());
      const model = softmax(logits);
      const probabilities = new Map([5, 9, 12].map((id) => [id, random() / 4]));
      const unseen = 1 - [...probabilities.values()].reduce((a, b) => a + b);
      const matched = 1 + Math.floor(16 * random());
      const weight = memoryWeight(matched);
      const end = (model[0] as number) + (model[1] as number);
      const mixed = model.map((p, id) =>
        ends.has(id) ? p : (1 - weight * (1 - unseen)) * p + weight * (1 - end) * (probabilities.get(id) ?? 0),
      );
      expect(mixed.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      const choice = mixMemory(memoryOf({ probabilities, unseen, matched }), ends)(logits, []);
      expect(choice.logProbability).toBeCloseTo(Math.log(Math.max(...mixed)), 4);
      expect(mixed[choice.id]).toBeCloseTo(Math.max(...mixed), 6);
    }
  });

  it("follows the files where much matched, and the model where the files know nothing", () => {
    const logits = logitsOf(0.01, 0.01, 0.7, 0.2, 0.08);
    expect(chooseGreedily(logits).id).toBe(2);
    expect(mixMemory(sure, ends)(logits, []).id).toBe(3);
    const nothing = memoryOf({ probabilities: new Map(), unseen: 1, matched: 0 });
    expect(mixMemory(nothing, ends)(logits, [])).toEqual(chooseGreedily(logits));
  });

  it("leaves it to the model when the text ends", () => {
    expect(mixMemory(sure, ends)(logitsOf(0.01, 0.9, 0.05, 0.01, 0.03), []).id).toBe(1);
  });

  it("trusts the files more, the more has matched, and never altogether", () => {
    const all = Array.from({ length: 20 }, (_, matched) => memoryWeight(matched));
    expect(all[0]).toBe(0);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(Math.max(...all)).toBeLessThan(1);
  });

  it("completes what the repository has, token by token", () => {
    const memory = new PersonalMemory({ mostBytes: 1 << 20, highestTokenId: 99 });
    const line = [10, 11, 12, 13, 14, 15, 16];
    memory.update(0, [...line, 20, ...line, 21]);
    const choose = mixMemory(memory, ends);
    const text = line.slice(0, 4);
    const undecided = new Float32Array(100);
    for (let step = 0; step < 3; step++) text.push(choose(undecided, text).id);
    expect(text).toEqual(line);
  });
});

function softmax(logits: Float32Array): number[] {
  const powers = Array.from(logits, Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
