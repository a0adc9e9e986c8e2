// How much the memory should weigh, by how much has matched: with which weight the truth of held-out holes is most probable.
import type { Decoder } from "../../server/src/inference/decoder.js";
import { memoryWeight } from "../../server/src/inference/mixing.js";
import { BootstrapMean, ClusterWeights, type Interval } from "../../server/src/statistics/bootstrap.js";
import type { MemoryHole } from "./memoryHoles.js";

const never = new AbortController().signal;

/** Where the kinds of matches begin, in tokens; within one there is one weight. */
const matchStarts = [1, 2, 3, 4, 6, 9, 16] as const;

/** Weights that are tried. */
const tried = Array.from({ length: 20 }, (_, index) => index / 20);

/** What model and memory say of a token that belongs there. */
export interface TruthToken {
  readonly matched: number;
  /** The model's probability of it, and of an end in its place. */
  readonly model: number;
  readonly ends: number;
  /** The memory's probability of it, and its share for what it has not seen. */
  readonly memory: number;
  readonly unseen: number;
  /** Is it the first choice of the model, of the memory? */
  readonly isModelFirst: boolean;
  readonly isMemoryFirst: boolean;
}

/** What is said of the tokens of a hole's middle, each behind the ones before it. */
export async function truthTokens(
  decoder: Decoder,
  { prompt, middle, memory }: MemoryHole,
  specialIds: ReadonlySet<number>,
): Promise<TruthToken[]> {
  await decoder.prefill(prompt, never);
  const first = decoder.next;
  if (first === undefined || middle.length === 0) return [];
  const said = [first, ...(await decoder.read(middle, middle.length))];
  const text = prompt.filter((id) => !specialIds.has(id));
  return middle.map((token, index) => {
    const { logits } = said[index] as (typeof said)[number];
    const probabilities = softmax(logits);
    const expected = memory.distribution(text);
    text.push(token);
    const [likeliest] = [...expected.probabilities].sort(([, a], [, z]) => z - a)[0] ?? [];
    return {
      matched: expected.matched,
      model: probabilities[token] as number,
      ends: [...specialIds].reduce((sum, id) => sum + (probabilities[id] as number), 0),
      memory: expected.probabilities.get(token) ?? 0,
      unseen: expected.unseen,
      isModelFirst: probabilities.every((probability) => probability <= (probabilities[token] as number)),
      isMemoryFirst: likeliest === token,
    };
  });
}

/** Matches of one kind. */
export interface MatchReport {
  /** Tokens that matched, at least. */
  readonly from: number;
  readonly tokens: number;
  readonly bestWeight: number;
  /** Bits for a token by the model, and with the best weight. */
  readonly modelBits: number;
  readonly bits: number;
  /** Shares of first choices that are right. */
  readonly modelFirst: number;
  readonly memoryFirst: number;
}

export interface WeightsReport {
  readonly tokens: number;
  readonly modelBits: number;
  /** With the one weight that is best for all. */
  readonly singleWeightBits: number;
  /** With the weights that are built in. */
  readonly builtInBits: number;
  readonly matches: readonly MatchReport[];
}

/** Finds the best weights. */
export function fitWeights(tokens: readonly TruthToken[]): WeightsReport {
  const matches = matchStarts.flatMap((from, index): MatchReport[] => {
    const end = matchStarts[index + 1] ?? Number.POSITIVE_INFINITY;
    const some = tokens.filter(({ matched }) => matched >= from && matched < end);
    if (some.length === 0) return [];
    const bestWeight = bestOf(some);
    return [
      {
        from,
        tokens: some.length,
        bestWeight,
        modelBits: bitsOf(some, () => 0),
        bits: bitsOf(some, () => bestWeight),
        modelFirst: shareOf(some, ({ isModelFirst }) => isModelFirst),
        memoryFirst: shareOf(some, ({ isMemoryFirst }) => isMemoryFirst),
      },
    ];
  });
  const single = bestOf(tokens);
  return {
    tokens: tokens.length,
    modelBits: bitsOf(tokens, () => 0),
    singleWeightBits: bitsOf(tokens, () => single),
    builtInBits: bitsOf(tokens, ({ matched }) => memoryWeight(matched)),
    matches,
  };
}

/** The weights that were found on some repositories, on others. */
export interface WeightsCheck {
  readonly repositories: number;
  readonly tokens: number;
  readonly builtInBits: number;
  readonly fittedBits: number;
  /** Bits that the fitted weights take less for a token, the tokens of a repository drawn together. */
  readonly gain: Interval | undefined;
}

/** Compares weights with those that are built in, where they were not fitted: by repository, the tokens of its holes. */
export function checkWeights(
  matches: readonly MatchReport[],
  repositories: ReadonlyMap<string, readonly TruthToken[]>,
): WeightsCheck {
  const fitted = ({ matched }: TruthToken): number => matches.findLast(({ from }) => matched >= from)?.bestWeight ?? 0;
  const builtIn = ({ matched }: TruthToken): number => memoryWeight(matched);
  const gain = new BootstrapMean(new ClusterWeights());
  for (const [repository, tokens] of repositories) {
    for (const [index, token] of tokens.entries()) {
      const place = { id: `${repository}:${index}`, cluster: repository };
      gain.add(place, bitsOf([token], builtIn) - bitsOf([token], fitted));
    }
  }
  const all = [...repositories.values()].flat();
  return {
    repositories: repositories.size,
    tokens: all.length,
    builtInBits: bitsOf(all, builtIn),
    fittedBits: bitsOf(all, fitted),
    gain: gain.interval(),
  };
}

function bestOf(tokens: readonly TruthToken[]): number {
  const bits = tried.map((weight) => bitsOf(tokens, () => weight));
  return tried[bits.indexOf(Math.min(...bits))] as number;
}

/** Bits for a token, by the formula of mixing.ts. */
function bitsOf(tokens: readonly TruthToken[], weightOf: (token: TruthToken) => number): number {
  const bits = tokens.reduce((sum, token) => {
    const weight = weightOf(token);
    const mixed = (1 - weight * (1 - token.unseen)) * token.model + weight * (1 - token.ends) * token.memory;
    return sum - Math.log2(Math.max(mixed, 1e-12));
  }, 0);
  return bits / Math.max(1, tokens.length);
}

function shareOf<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.filter(holds).length / Math.max(1, items.length);
}

function softmax(logits: Float32Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
