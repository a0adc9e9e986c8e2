// ONNX Runtime's C API, called through koffi. onnxruntime-node copies what goes in and out of a run; only here can a run
// write into memory that is ours.
import type { default as KoffiModule, LibraryHandle, TypeObject } from "koffi";

/** The module; optional, so it is loaded when it is needed. */
export type Koffi = typeof KoffiModule;

/** A type as koffi knows it, by name or made of others. */
type TypeSpec = string | TypeObject | ReturnType<Koffi["out"]>;

type NativeFunction = (...values: readonly unknown[]) => unknown;

/** An address. */
export type Pointer = bigint;

/**
 * The version of the API that is asked for: ONNX Runtime 1.20 (2024). A library gives any version up to its own, and its
 * table of functions is only ever appended to (onnxruntime_c_api.h: "NEVER change the order"), so places in it hold for
 * every later library. An older one gives no table, and is refused.
 */
export const apiVersion = 20;

/** Kept until the process ends: koffi unloads a library whose handle is collected, whatever still points into it. */
const openLibraries: LibraryHandle[] = [];

/** Places of the two functions of OrtApiBase. */
const base = { GetApi: 0, GetVersionString: 1 } as const;

/** What the functions that are used take, and their places in OrtApi. All but those with a result return an error or null. */
function prototypes(koffi: Koffi) {
  const pointer = "void *";
  const out = (type: TypeSpec): TypeSpec => koffi.out(koffi.pointer(type));
  const release = (place: number) => ({ place, result: "void", takes: [pointer] });
  return {
    GetErrorMessage: { place: 2, result: "str", takes: [pointer] },
    CreateEnv: { place: 3, takes: ["int", "str", out(pointer)] },
    DisableTelemetryEvents: { place: 6, takes: [pointer] },
    CreateSessionFromArray: { place: 8, takes: [pointer, pointer, "size_t", pointer, out(pointer)] },
    Run: { place: 9, takes: [pointer, pointer, pointer, pointer, "size_t", pointer, "size_t", pointer] },
    CreateSessionOptions: { place: 10, takes: [out(pointer)] },
    DisableMemPattern: { place: 17, takes: [pointer] },
    SetSessionGraphOptimizationLevel: { place: 23, takes: [pointer, "int"] },
    SetIntraOpNumThreads: { place: 24, takes: [pointer, "int"] },
    SetInterOpNumThreads: { place: 25, takes: [pointer, "int"] },
    SessionGetInputCount: { place: 30, takes: [pointer, out("size_t")] },
    SessionGetOutputCount: { place: 31, takes: [pointer, out("size_t")] },
    SessionGetInputTypeInfo: { place: 33, takes: [pointer, "size_t", out(pointer)] },
    SessionGetOutputTypeInfo: { place: 34, takes: [pointer, "size_t", out(pointer)] },
    SessionGetInputName: { place: 36, takes: [pointer, "size_t", pointer, out(pointer)] },
    SessionGetOutputName: { place: 37, takes: [pointer, "size_t", pointer, out(pointer)] },
    CreateTensorWithDataAsOrtValue: {
      place: 49,
      takes: [pointer, pointer, "size_t", pointer, "size_t", "int", out(pointer)],
    },
    CastTypeInfoToTensorInfo: { place: 55, takes: [pointer, out(pointer)] },
    GetTensorElementType: { place: 60, takes: [pointer, out("int")] },
    GetDimensionsCount: { place: 61, takes: [pointer, out("size_t")] },
    GetDimensions: { place: 62, takes: [pointer, pointer, "size_t"] },
    CreateCpuMemoryInfo: { place: 69, takes: ["int", "int", out(pointer)] },
    AllocatorFree: { place: 76, takes: [pointer, pointer] },
    GetAllocatorWithDefaultOptions: { place: 78, takes: [out(pointer)] },
    ReleaseStatus: release(93),
    ReleaseSession: release(95),
    ReleaseValue: release(96),
    ReleaseTypeInfo: release(98),
    ReleaseSessionOptions: release(100),
    AddSessionConfigEntry: { place: 130, takes: [pointer, "str", "str"] },
  } satisfies Record<string, { place: number; takes: TypeSpec[]; result?: TypeSpec }>;
}

/** A function of the API that is used here. */
export type OrtFunction = keyof ReturnType<typeof prototypes>;

/** The functions of one library. */
export class OrtApi {
  readonly #functions: Readonly<Record<OrtFunction, NativeFunction>>;

  private constructor(
    private readonly koffi: Koffi,
    table: Pointer,
    /** The library's own version, such as "1.30.0". */
    readonly libraryVersion: string,
  ) {
    const place = koffi.sizeof("void *");
    const functions: Partial<Record<OrtFunction, NativeFunction>> = {};
    for (const [name, prototype] of Object.entries(prototypes(koffi))) {
      const address: Pointer = koffi.decode(table, prototype.place * place, "void *");
      const result = "result" in prototype ? prototype.result : "void *";
      functions[name as OrtFunction] = koffi.decode(address, koffi.proto(result, prototype.takes));
    }
    this.#functions = functions as Record<OrtFunction, NativeFunction>;
  }

  /**
   * @param file - Absolute path of the library.
   * @param version - The version of the API to ask for.
   * @throws Error if it cannot be loaded, or is too old for that version.
   */
  static open(koffi: Koffi, file: string, version = apiVersion): OrtApi {
    const library = koffi.load(file);
    openLibraries.push(library);
    const place = koffi.sizeof("void *");
    const table: Pointer = library.func("OrtGetApiBase", "void *", [])();
    const functionAt = (index: number, result: string, takes: string[]): NativeFunction =>
      koffi.decode(koffi.decode(table, index * place, "void *"), koffi.proto(result, takes));
    const libraryVersion = functionAt(base.GetVersionString, "str", [])() as string;
    // A library that is too old writes a line about it to standard error and gives null.
    const api = functionAt(base.GetApi, "void *", ["uint32_t"])(version) as Pointer | null;
    if (!api) throw new Error(`ONNX Runtime ${libraryVersion} does not know version ${version} of its C API`);
    return new OrtApi(koffi, api, libraryVersion);
  }

  /** @throws Error with ONNX Runtime's message if the function says that something is wrong. */
  call(name: Exclude<OrtFunction, "GetErrorMessage" | `Release${string}`>, ...values: unknown[]): void {
    const status = this.#functions[name](...values);
    if (!status) return;
    const message = this.#functions.GetErrorMessage(status) as string;
    this.#functions.ReleaseStatus(status);
    throw new Error(message);
  }

  /**
   * Calls a function whose last parameter is where it writes its result.
   * @throws Error with ONNX Runtime's message if the function says that something is wrong.
   */
  get<Result = Pointer>(name: Parameters<OrtApi["call"]>[0], ...values: unknown[]): Result {
    const result: [Result | null] = [null];
    this.call(name, ...values, result);
    return result[0] as Result;
  }

  release(name: Extract<OrtFunction, `Release${string}`>, pointer: Pointer): void {
    this.#functions[name](pointer);
  }

  /** The text at an address. */
  textAt(pointer: Pointer): string {
    return this.koffi.decode.string(pointer);
  }

  /** Texts as C wants a list of them, in memory that is never given back. */
  texts(texts: readonly string[]): Pointer {
    const list: Pointer = this.koffi.alloc("char *", texts.length);
    this.koffi.encode(list, "char *", texts, texts.length);
    return list;
  }
}
