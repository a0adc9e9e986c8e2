// One session of onnxruntime-node as the function that the decoder runs, and the names and shapes of a graph's inputs and
// outputs.
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { DecoderModel, GraphResult, RunGraph } from "../../decoder.js";
import type { CacheDelta, CacheShape } from "../../kvCache.js";
import type { TensorDescription } from "./hostProtocol.js";

/** The module; it is loaded when it is needed, because loading its native library may fail. */
export type OnnxRuntime = typeof import("onnxruntime-node");

/** A graph that can be run. */
export interface OpenGraph {
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
  readonly run: RunGraph;
  /** Gives back what it takes in memory; afterwards nothing may be run. */
  release(): Promise<void>;
}

/** How a session computes, besides what is the same for all of them. */
export interface SessionSettings {
  /** Threads that compute. */
  readonly threads: number;
  /** ONNX Runtime's further settings, by key. */
  readonly entries: Readonly<Record<string, string>>;
}

/** @param threads - Threads that compute. */
export function sessionSettings(threads: number): SessionSettings {
  return {
    threads,
    entries: {
      // Threads that wait actively save a quarter of a decode step on an idle machine, but on one whose processors are
      // busy they take two to three times as long as threads that sleep, and they burn power while nobody asks.
      "session.intra_op.allow_spinning": "0",
      // Processors without VNNI add pairs of 8-bit products in 16 bits, where large ones are cut off. This takes a
      // slower and exact way there, and changes nothing elsewhere.
      "session.x64quantprecision": "1",
    },
  };
}

/** The same as onnxruntime-node wants it. */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // Every prompt has another length, so patterns of memory use would pile up without ever being used again.
    enableMemPattern: false,
    extra: sessionSettings(threads).entries,
  };
}

/** The names of a layer's inputs and outputs. */
export const layerNames = (layer: number) => ({
  pastKey: `past.${layer}.key`,
  pastValue: `past.${layer}.value`,
  deltaKey: `delta.${layer}.key`,
  deltaValue: `delta.${layer}.value`,
});

/** What must be there besides the names of sizes that vary, which are the exporter's. */
interface TensorExpectation {
  readonly name: string;
  readonly type: string;
  /** Null where the size varies. */
  readonly shape: readonly (number | null)[];
}

/** The inputs and outputs of the graph of such a model. */
export function expectedTensors(
  model: CacheShape & Pick<DecoderModel, "vocabularySize" | "horizonOutputs" | "precedingTokens">,
): {
  readonly inputs: readonly TensorExpectation[];
  readonly outputs: readonly TensorExpectation[];
} {
  const cacheShape = [1, model.keyValueHeads, null, model.headSize];
  const layers = Array.from({ length: model.layers }, (_, layer) => layerNames(layer));
  const float = (name: string, shape: readonly (number | null)[]): TensorExpectation => ({
    name,
    type: "float32",
    shape,
  });
  return {
    inputs: [
      { name: "input_ids", type: "int64", shape: [1, null] },
      ...(model.precedingTokens > 0
        ? [{ name: "preceding_ids", type: "int64", shape: [1, model.precedingTokens] }]
        : []),
      { name: "seqlens_k", type: "int32", shape: [1] },
      { name: "total_sequence_length", type: "int32", shape: [1] },
      { name: "output_positions", type: "int64", shape: [null] },
      ...layers.flatMap((names) => [float(names.pastKey, cacheShape), float(names.pastValue, cacheShape)]),
    ],
    outputs: [
      float("logits", [1, null, model.vocabularySize]),
      ...(model.horizonOutputs ? [float("horizon", [1, null, 2])] : []),
      ...layers.flatMap((names) => [float(names.deltaKey, cacheShape), float(names.deltaValue, cacheShape)]),
    ],
  };
}

/** What is wrong with a session's inputs or outputs, as text; undefined if nothing is. */
export function compareTensors(
  what: "input" | "output",
  expected: readonly TensorExpectation[],
  found: readonly TensorDescription[],
): string | undefined {
  for (const tensor of expected) {
    const actual = found.find(({ name }) => name === tensor.name);
    if (actual === undefined) return `the ${what} "${tensor.name}" is missing`;
    if (actual.type !== tensor.type)
      return `the ${what} "${tensor.name}" is of type ${actual.type}, not ${tensor.type}`;
    const fits =
      actual.shape.length === tensor.shape.length &&
      // A size that varies in the file may be anything; one that does not must be the manifest's.
      tensor.shape.every(
        (size, axis) => typeof actual.shape[axis] === "string" || (size !== null && actual.shape[axis] === size),
      );
    if (!fits) {
      const shown = tensor.shape.map((size) => size ?? "*").join(", ");
      return `the ${what} "${tensor.name}" has the shape [${actual.shape.join(", ")}], not [${shown}]`;
    }
  }
  const unknown = found.find(({ name }) => !expected.some((tensor) => tensor.name === name));
  return unknown === undefined ? undefined : `the ${what} "${unknown.name}" is not known`;
}

/** What is wrong with a graph for such a model, as text; undefined if nothing is. */
export function findProblem(
  model: Parameters<typeof expectedTensors>[0],
  found: Pick<OpenGraph, "inputs" | "outputs">,
): string | undefined {
  const expected = expectedTensors(model);
  return (
    compareTensors("input", expected.inputs, found.inputs) ?? compareTensors("output", expected.outputs, found.outputs)
  );
}

/** Describes a session's inputs or outputs. */
export function describeTensors(metadata: readonly InferenceSession.ValueMetadata[]): TensorDescription[] {
  return metadata.map((value) =>
    value.isTensor
      ? {
          name: value.name,
          type: value.type,
          shape: value.shape.map((size) => (typeof size === "number" ? size : String(size))),
        }
      : { name: value.name, type: undefined, shape: [] },
  );
}

const noNumbers = new Float32Array();

/** The last `count` numbers, with zeros before them where there are fewer. */
export function endOf(numbers: readonly number[], count: number): number[] {
  const end = numbers.slice(Math.max(0, numbers.length - count));
  return [...new Array<number>(count - end.length).fill(0), ...end];
}

/**
 * @param weights - Absolute path of the ONNX file.
 * @throws Error if ONNX Runtime refuses it.
 */
export async function openGraph(
  ort: Pick<OnnxRuntime, "Tensor" | "InferenceSession">,
  weights: string,
  threads: number,
  model: DecoderModel,
): Promise<OpenGraph> {
  const session = await ort.InferenceSession.create(weights, sessionOptions(threads));
  return {
    inputs: describeTensors(session.inputMetadata),
    outputs: describeTensors(session.outputMetadata),
    run: createRunGraph(ort, session, model),
    release: () => session.release(),
  };
}

/**
 * The decoder's view of a session. Each run waits for a turn of the event loop first (onnxruntime-node does so), then
 * blocks it.
 */
export function createRunGraph(
  ort: Pick<OnnxRuntime, "Tensor">,
  session: InferenceSession,
  model: DecoderModel,
): RunGraph {
  const { keyValueHeads, headSize } = model;
  const layers = Array.from({ length: model.layers }, (_, layer) => layerNames(layer));
  const allOutputs = session.outputNames;
  const int64 = (values: readonly number[]) =>
    new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [values.length]);
  const int32 = (value: number) => new ort.Tensor("int32", Int32Array.of(value), [1]);

  return async (tokens, cache, predictions): Promise<GraphResult> => {
    const total = cache.length + tokens.length;
    const cacheDimensions = [1, keyValueHeads, cache.capacity, headSize];
    const feeds: Record<string, Tensor> = {
      input_ids: int64(tokens).reshape([1, tokens.length]),
      seqlens_k: int32(total - 1),
      total_sequence_length: int32(total),
      output_positions: int64(Array.from({ length: predictions }, (_, index) => tokens.length - predictions + index)),
    };
    if (model.precedingTokens > 0) {
      feeds.preceding_ids = int64(endOf(cache.tokens, model.precedingTokens)).reshape([1, model.precedingTokens]);
    }
    for (const [index, names] of layers.entries()) {
      const { key, value } = cache.layer(index);
      feeds[names.pastKey] = new ort.Tensor("float32", key, cacheDimensions);
      feeds[names.pastValue] = new ort.Tensor("float32", value, cacheDimensions);
    }
    const outputs = await session.run(feeds, allOutputs);
    const numbers = (name: string): Float32Array => {
      const data = outputs[name]?.data;
      if (!(data instanceof Float32Array)) throw new TypeError(`the output "${name}" is not of type float32`);
      return data;
    };
    const deltas = layers.map(
      (names): CacheDelta => ({ key: numbers(names.deltaKey), value: numbers(names.deltaValue) }),
    );
    return {
      deltas,
      logits: predictions > 0 ? numbers("logits") : noNumbers,
      horizon: predictions > 0 && model.horizonOutputs ? numbers("horizon") : noNumbers,
    };
  };
}
