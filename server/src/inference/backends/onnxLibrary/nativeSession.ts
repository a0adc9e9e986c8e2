// A session of ONNX Runtime through its C API: tensors are JavaScript's own memory, which runs read and write in place.
import type { SessionSettings } from "../onnx/graph.js";
import type { TensorDescription } from "../onnx/hostProtocol.js";
import type { OrtApi, Pointer } from "./ortApi.js";

/** ONNXTensorElementDataType: the element types of our graphs, by onnxruntime-node's names. */
const elementTypes = { float32: 1, int32: 6, int64: 7 } as const;

const ortEnableAll = 99;
const ortLoggingWarning = 2;
/** OrtDeviceAllocator and OrtMemTypeDefault: plain memory. */
const plainMemory = [0, 0] as const;

/** Numbers that a tensor can be made of. Who asks for their address through Node-API fixes it: V8 moves them no more. */
type TensorData = Float32Array | Int32Array | BigInt64Array;

/** A list of names as a run takes it. */
export interface NameList {
  readonly names: Pointer;
  readonly count: number;
}

/** One environment is enough for a process. */
const environments = new WeakMap<OrtApi, Pointer>();

function environmentOf(api: OrtApi): Pointer {
  const known = environments.get(api);
  if (known !== undefined) return known;
  const environment = api.get("CreateEnv", ortLoggingWarning, "horizon");
  // On Windows the library tells its maker of each session.
  api.call("DisableTelemetryEvents", environment);
  environments.set(api, environment);
  return environment;
}

/** One session. What it hands out as a Pointer is given back by `release`. */
export class NativeSession {
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
  readonly #session: Pointer;
  readonly #memory: Pointer;

  /**
   * @param model - The ONNX file's bytes.
   * @throws Error if ONNX Runtime refuses them.
   */
  constructor(
    private readonly api: OrtApi,
    model: Uint8Array,
    { threads, entries }: SessionSettings,
  ) {
    const environment = environmentOf(api);
    const options = api.get("CreateSessionOptions");
    try {
      api.call("SetIntraOpNumThreads", options, threads);
      api.call("SetInterOpNumThreads", options, 1);
      api.call("SetSessionGraphOptimizationLevel", options, ortEnableAll);
      api.call("DisableMemPattern", options);
      for (const [key, value] of Object.entries(entries)) api.call("AddSessionConfigEntry", options, key, value);
      this.#session = api.get("CreateSessionFromArray", environment, model, model.byteLength, options);
    } finally {
      api.release("ReleaseSessionOptions", options);
    }
    this.#memory = api.get("CreateCpuMemoryInfo", ...plainMemory);
    this.inputs = this.#describe("Input");
    this.outputs = this.#describe("Output");
  }

  /** The names for `run`; they stay in memory for as long as the process lives. */
  nameList(names: readonly string[]): NameList {
    return { names: this.api.texts(names), count: names.length };
  }

  /** A tensor that is `data`, not a copy: keep `data` until it is released. */
  tensor(data: TensorData, shape: readonly number[]): Pointer {
    const type =
      data instanceof Float32Array
        ? elementTypes.float32
        : data instanceof Int32Array
          ? elementTypes.int32
          : elementTypes.int64;
    const sizes = BigInt64Array.from(shape, BigInt);
    const size = shape.reduce((product, one) => product * one, 1) * data.BYTES_PER_ELEMENT;
    if (size > data.byteLength) throw new RangeError(`a tensor of ${size} bytes in memory of ${data.byteLength}`);
    return this.api.get("CreateTensorWithDataAsOrtValue", this.#memory, data, size, sizes, sizes.length, type);
  }

  releaseTensor(tensor: Pointer): void {
    this.api.release("ReleaseValue", tensor);
  }

  /**
   * Computes. It blocks the thread.
   * @param outputs - Tensors that are written; an output may lie where an input lies, if the graph allows that.
   */
  run(inputNames: NameList, inputs: BigUint64Array, outputNames: NameList, outputs: BigUint64Array): void {
    const { names, count } = outputNames;
    this.api.call("Run", this.#session, null, inputNames.names, inputs, inputNames.count, names, count, outputs);
  }

  release(): void {
    this.api.release("ReleaseSession", this.#session);
  }

  #describe(what: "Input" | "Output"): TensorDescription[] {
    const { api } = this;
    const allocator = api.get("GetAllocatorWithDefaultOptions");
    const count = Number(api.get<number | bigint>(`SessionGet${what}Count`, this.#session));
    return Array.from({ length: count }, (_, index) => {
      const text = api.get(`SessionGet${what}Name`, this.#session, index, allocator);
      const name = api.textAt(text);
      api.call("AllocatorFree", allocator, text);
      const type = api.get(`SessionGet${what}TypeInfo`, this.#session, index);
      try {
        return { name, ...this.#describeType(type) };
      } finally {
        api.release("ReleaseTypeInfo", type);
      }
    });
  }

  /** Type and shape; sizes that vary have no names here. */
  #describeType(type: Pointer): Omit<TensorDescription, "name"> {
    const tensor = this.api.get<Pointer | null>("CastTypeInfoToTensorInfo", type);
    if (!tensor) return { type: undefined, shape: [] };
    const element = this.api.get<number>("GetTensorElementType", tensor);
    const rank = Number(this.api.get<number | bigint>("GetDimensionsCount", tensor));
    const sizes = new BigInt64Array(Math.max(1, rank));
    this.api.call("GetDimensions", tensor, sizes, rank);
    const known = Object.entries(elementTypes).find(([, number]) => number === element);
    return {
      type: known?.[0] ?? `number ${element}`,
      shape: Array.from(sizes.subarray(0, rank), (size) => (size < 0n ? "*" : Number(size))),
    };
  }
}
