// What the personal memory costs and knows: updates, look-ups, bytes for a token, bits for a token of held-out files.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { PersonalMemory } from "../../server/src/context/memory/personalMemory.js";
import { readTokenizer } from "../../server/src/inference/tokenizer.js";
import { type Quantiles, quantilesOf } from "./contextIndexing.js";
import { round } from "./statistics.js";

const root = path.join(import.meta.dirname, "..");

/** Tokens that are learned at most. */
const mostTokens = 3_000_000;
const mostBytes = 64 * 1024 * 1024;

/** Every so many files one is held out. */
const heldOutEvery = 20;
const proposedTokens = 8;
const contextTokens = 16;

export interface MemoryReport {
  readonly files: number;
  readonly tokens: number;
  readonly bytesPerToken: number;
  readonly updateMilliseconds: Quantiles;
  readonly proposeMilliseconds: Quantiles;
  readonly distributionMilliseconds: Quantiles;
  /** Tokens of a proposal of eight that are right before the first wrong one. */
  readonly acceptedTokens: number;
  /** Bits for a token of held-out files, what is unseen by the frequencies of single tokens; and by those alone. */
  readonly bitsPerToken: { readonly memory: number; readonly singleTokens: number };
}

/** @param paths - Real files; copies with changed names would flatter. */
export async function measureMemory(paths: readonly string[]): Promise<MemoryReport> {
  const tokenizer = await readTokenizer(path.join(root, "models", "default", "tokenizer.json"));
  const memory = new PersonalMemory({ mostBytes, highestTokenId: tokenizer.vocabularySize - 1 });
  const counts = new Float64Array(tokenizer.vocabularySize).fill(1);
  const held: number[][] = [];
  const updates: number[] = [];
  let tokens = 0;
  for (const [file, name] of paths.entries()) {
    const ids = tokenizer.encode(await readFile(name, "utf8"));
    if (file % heldOutEvery === 0) {
      held.push(ids);
      continue;
    }
    if (tokens + ids.length > mostTokens) break;
    const started = performance.now();
    memory.update(file, ids);
    updates.push(performance.now() - started);
    tokens += ids.length;
    for (const id of ids) (counts[id] as number)++;
  }
  for (const _ of memory.merge());
  const total = counts.reduce((sum, count) => sum + count, 0);

  const proposals: number[] = [];
  const distributions: number[] = [];
  let accepted = 0;
  let bits = 0;
  let singleBits = 0;
  for (const ids of held) {
    for (let place = contextTokens; place < Math.min(ids.length - proposedTokens, 2000); place += 40) {
      const end = ids.slice(place - contextTokens, place);
      const started = performance.now();
      const { probabilities, unseen } = memory.distribution(end);
      const between = performance.now();
      const { tokenIds } = memory.propose(end, proposedTokens);
      proposals.push(performance.now() - between);
      distributions.push(between - started);
      const wrong = tokenIds.findIndex((id, index) => id !== ids[place + index]);
      accepted += wrong < 0 ? tokenIds.length : wrong;
      const token = ids[place] as number;
      const single = (counts[token] as number) / total;
      bits -= Math.log2((probabilities.get(token) ?? 0) + unseen * single);
      singleBits -= Math.log2(single);
    }
  }
  return {
    files: memory.fileCount,
    tokens,
    bytesPerToken: round(memory.byteLength / tokens, 2),
    updateMilliseconds: quantilesOf(updates),
    proposeMilliseconds: quantilesOf(proposals),
    distributionMilliseconds: quantilesOf(distributions),
    acceptedTokens: round(accepted / proposals.length, 2),
    bitsPerToken: {
      memory: round(bits / proposals.length, 2),
      singleTokens: round(singleBits / proposals.length, 2),
    },
  };
}
