// The graph as the decoder runs it, with keys and values written where they stay: attention is given one buffer as past
// and as present, so no step copies what was read before it.
import { open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { DecoderModel, RunGraph } from "../../decoder.js";
import type { KeyValueCache } from "../../kvCache.js";
import { endOf, layerNames, type OpenGraph, sessionSettings } from "../onnx/graph.js";
import { outputsToAppend } from "./addOutputs.js";
import { NativeSession } from "./nativeSession.js";
import type { OrtApi, Pointer } from "./ortApi.js";

/** Names of attention's outputs inside the graph (models/training/graph.py), keys and values in turn. */
const presentNames = (layers: number): string[] =>
  Array.from({ length: layers }, (_, layer) => [`present.${layer}.key`, `present.${layer}.value`]).flat();

/**
 * @param weights - Absolute path of the ONNX file.
 * @throws Error if ONNX Runtime refuses the file, or a graph whose attention has other names inside.
 */
export async function openInPlaceGraph(
  api: OrtApi,
  weights: string,
  threads: number,
  model: DecoderModel,
): Promise<OpenGraph> {
  const present = presentNames(model.layers);
  const session = new NativeSession(api, await readWith(weights, outputsToAppend(present)), sessionSettings(threads));
  const run = new InPlaceRun(session, model, present);
  return {
    inputs: session.inputs,
    // The file's own outputs.
    outputs: session.outputs.filter(({ name }) => !present.includes(name)),
    run: async (tokens, cache, predictions) => {
      await setImmediate();
      return run.compute(tokens, cache, predictions);
    },
    release: async () => {
      run.release();
      session.release();
    },
  };
}

/** A file's bytes and some more behind them, in one piece of memory. */
async function readWith(file: string, end: Uint8Array): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.allocUnsafeSlow(size + end.length);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(bytes, at, size - at, at);
      if (bytesRead === 0) throw new Error(`${file} became shorter while it was read`);
      at += bytesRead;
    }
    bytes.set(end, size);
    return bytes;
  } finally {
    await handle.close();
  }
}

/** A tensor that is kept from run to run, and its memory. */
interface Bound {
  readonly data: Float32Array;
  readonly tensor: Pointer;
}

/** The tensors of one session's runs. */
class InPlaceRun {
  readonly #inputNames;
  readonly #outputNames;
  readonly #keysAndValues: number;
  /** The cache's buffers as tensors, in turn; made anew when the cache has moved. */
  #cache: Bound[] = [];
  readonly #inputs: BigUint64Array;
  readonly #outputs: BigUint64Array;
  /** What the graph is told besides; as many numbers as the longest run takes. */
  readonly #tokens: BigInt64Array;
  readonly #positions: BigInt64Array;
  readonly #preceding: BigInt64Array;
  readonly #lengths = new Int32Array(2);

  constructor(
    private readonly session: NativeSession,
    private readonly model: DecoderModel,
    present: readonly string[],
  ) {
    const past = Array.from({ length: model.layers }, (_, layer) => layerNames(layer)).flatMap((names) => [
      names.pastKey,
      names.pastValue,
    ]);
    const inputs = ["input_ids", "seqlens_k", "total_sequence_length", "output_positions"];
    if (model.precedingTokens > 0) inputs.push("preceding_ids");
    const said = ["logits", ...(model.horizonOutputs ? ["horizon"] : [])];
    this.#keysAndValues = present.length;
    this.#inputNames = session.nameList([...past, ...inputs]);
    this.#outputNames = session.nameList([...present, ...said]);
    this.#inputs = new BigUint64Array(this.#inputNames.count);
    this.#outputs = new BigUint64Array(this.#outputNames.count);
    this.#tokens = new BigInt64Array(model.maximumPositions);
    this.#positions = new BigInt64Array(model.maximumPositions);
    this.#preceding = new BigInt64Array(Math.max(1, model.precedingTokens));
  }

  compute(tokens: readonly number[], cache: KeyValueCache, predictions: number): Awaited<ReturnType<RunGraph>> {
    const { session, model } = this;
    const total = cache.length + tokens.length;
    cache.reserve(total);
    this.#bind(cache);
    for (const [index, token] of tokens.entries()) this.#tokens[index] = BigInt(token);
    for (let index = 0; index < predictions; index++) {
      this.#positions[index] = BigInt(tokens.length - predictions + index);
    }
    for (const [index, token] of endOf(cache.tokens, model.precedingTokens).entries()) {
      this.#preceding[index] = BigInt(token);
    }
    this.#lengths[0] = total - 1;
    this.#lengths[1] = total;
    const logits = new Float32Array(predictions * model.vocabularySize);
    const horizon = new Float32Array(model.horizonOutputs ? 2 * predictions : 0);
    const tensors: Pointer[] = [];
    const add = (...[data, shape]: Parameters<NativeSession["tensor"]>): Pointer => {
      const tensor = session.tensor(data, shape);
      tensors.push(tensor);
      return tensor;
    };
    try {
      let next = this.#keysAndValues;
      this.#inputs[next++] = add(this.#tokens, [1, tokens.length]);
      this.#inputs[next++] = add(this.#lengths.subarray(0, 1), [1]);
      this.#inputs[next++] = add(this.#lengths.subarray(1, 2), [1]);
      this.#inputs[next++] = add(this.#positions, [predictions]);
      if (model.precedingTokens > 0) this.#inputs[next] = add(this.#preceding, [1, model.precedingTokens]);
      if (predictions > 0) {
        this.#outputs[this.#keysAndValues] = add(logits, [1, predictions, model.vocabularySize]);
        if (model.horizonOutputs) this.#outputs[this.#keysAndValues + 1] = add(horizon, [1, predictions, 2]);
      }
      const asked = predictions > 0 ? this.#outputNames : { ...this.#outputNames, count: this.#keysAndValues };
      session.run(this.#inputNames, this.#inputs, asked, this.#outputs);
    } finally {
      for (const tensor of tensors) session.releaseTensor(tensor);
    }
    return { deltas: undefined, logits, horizon };
  }

  release(): void {
    for (const { tensor } of this.#cache.splice(0)) this.session.releaseTensor(tensor);
  }

  /** Makes the cache's buffers the graph's past and its present. */
  #bind(cache: KeyValueCache): void {
    const { layers, keyValueHeads, headSize } = this.model;
    const shape = [1, keyValueHeads, cache.capacity, headSize];
    for (let layer = 0; layer < layers; layer++) {
      const { key, value } = cache.layer(layer);
      for (const [index, data] of [key, value].entries()) {
        const place = 2 * layer + index;
        const bound = this.#cache[place];
        if (bound?.data === data) continue;
        if (bound !== undefined) this.session.releaseTensor(bound.tensor);
        const tensor = this.session.tensor(data, shape);
        this.#cache[place] = { data, tensor };
        this.#inputs[place] = tensor;
        this.#outputs[place] = tensor;
      }
    }
  }
}
