// The work of the model's process: loads a model with ONNX Runtime, which blocks its thread and may die, and answers the
// server's requests one after the other. It ends when the server does.
import { setImmediate } from "node:timers/promises";
import { errorMessage } from "../../../errorMessage.js";
import type { DecodeOptions } from "../../decode.js";
import { Decoder, type DecoderModel } from "../../decoder.js";
import { DraftLength } from "../../draftLength.js";
import { type DraftSource, longestDraft, promptLookup } from "../../drafts.js";
import type { ModelErrorKind } from "../../errors.js";
import { mixMemory } from "../../mixing.js";
import { createSampler } from "../../sampler.js";
import { agreesOnSingleRows } from "../../singleRows.js";
import type { CreateTokenMemory, TokenMemory } from "../../tokenMemory.js";
import { openInPlaceGraph } from "../onnxLibrary/inPlaceGraph.js";
import { openLibrary } from "../onnxLibrary/openLibrary.js";
import { findProblem, type OnnxRuntime, type OpenGraph, openGraph } from "./graph.js";
import type {
  DecodeRequest,
  HostRequest,
  HostResults,
  LearnRequest,
  LoadRequest,
  MessageFromHost,
  MessageToHost,
} from "./hostProtocol.js";

/** A failure with the kind that the server shall report. */
class HostError extends Error {
  constructor(
    readonly kind: ModelErrorKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

interface LoadedModel {
  readonly decoder: Decoder;
  readonly model: DecoderModel;
  readonly memory: TokenMemory;
  readonly draftSource: DraftSource;
  readonly singleRows: boolean;
  /** How long drafts pay to be; begun anew with every prompt that is to depend on nothing before it. */
  draftLength: DraftLength;
}

let loaded: LoadedModel | undefined;

/** The requests that have no last answer yet, in the order they came. */
const cancellations = new Map<number, AbortController>();
let queue: Promise<void> = Promise.resolve();
/** Files were learned since the memory was put in order. */
let needsMerge = false;
/** A merge that goes on when there is time. */
let merging: Generator<void, void> | undefined;
let createMemory: CreateTokenMemory;

function send(message: MessageFromHost): void {
  // Without a listener for its error, a message to a server that has just gone would end this process with a stack
  // trace.
  process.send?.(message, undefined, undefined, () => {});
}

async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  try {
    return await import("onnxruntime-node");
  } catch (error) {
    throw new HostError(
      "unsupportedPlatform",
      `ONNX Runtime's library for ${process.platform}-${process.arch} cannot be loaded (${errorMessage(error)}). ` +
        "Horizon runs on Linux x64 and arm64 with glibc 2.28 or later, macOS arm64, and Windows x64 and arm64.",
      error,
    );
  }
}

/** Opens the graph so that it writes keys and values in place, or says why that cannot be. */
async function openInPlace({
  weights,
  threads,
  model,
}: LoadRequest): Promise<OpenGraph | { readonly problem: string }> {
  try {
    return await openInPlaceGraph(await openLibrary(), weights, threads, model);
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

async function open(request: LoadRequest): Promise<OpenGraph> {
  const ort = await loadOnnxRuntime();
  try {
    return await openGraph(ort, request.weights, request.threads, request.model);
  } catch (error) {
    throw classify("load", error, `ONNX Runtime refuses ${request.weights}`);
  }
}

async function load(request: LoadRequest): Promise<HostResults["load"]> {
  const start = performance.now();
  const { model, treeBytes } = request;
  const inPlace = request.copies ? undefined : await openInPlace(request);
  const copiesBecause = inPlace !== undefined && "problem" in inPlace ? inPlace.problem : undefined;
  const graph = inPlace === undefined || "problem" in inPlace ? await open(request) : inPlace;
  const { run, inputs, outputs } = graph;
  const problem = findProblem(model, { inputs, outputs });
  const singleRows = problem === undefined && (await agreesOnSingleRows(run, model));
  const decoder = new Decoder(model, run, { treeBytes, now: () => performance.now(), singleRows });
  const memory = createMemory(model.vocabularySize - 1);
  const draftSource = longestDraft([promptLookup, { draft: (text, most) => memory.propose(text, most) }]);
  loaded = { model, decoder, memory, draftSource, singleRows, draftLength: new DraftLength(singleRows) };
  return { inputs, outputs, copiesBecause, singleRows, milliseconds: performance.now() - start };
}

/** Runs one request; undefined if it was cancelled. */
async function handle(request: HostRequest, signal: AbortSignal): Promise<HostResults[keyof HostResults] | undefined> {
  if (request.type === "load") return load(request);
  if (request.type === "memory") return { residentBytes: process.memoryUsage.rss() };
  if (loaded === undefined) throw new HostError("inference", "no model is loaded yet");
  if (request.type === "learn") return learn(request, loaded.memory);
  const { decoder, model, memory } = loaded;
  const start = performance.now();
  try {
    if (request.type === "prefill") {
      if (request.fresh === true) loaded.draftLength = new DraftLength(loaded.singleRows);
      const result = await decoder.prefill(request.tokenIds, signal, request.fresh);
      return result === undefined
        ? undefined
        : { ...result, horizon: decoder.next?.horizon, milliseconds: performance.now() - start };
    }
    const endIds = new Set(request.endIds);
    const end = await decoder.decode({
      maxTokens: Math.min(request.maxTokens, model.maximumPositions - decoder.tokens.length),
      endIds,
      ...chooseBy(request, memory, endIds),
      forced: request.forced,
      avoid: request.avoid,
      drafts: request.drafts === false ? undefined : { source: loaded.draftSource, length: loaded.draftLength },
      signal,
      onToken: (token) => send({ type: "token", request: request.request, token }),
    });
    return end === "cancelled" ? undefined : { end, milliseconds: performance.now() - start };
  } catch (error) {
    throw classify("inference", error, "the model cannot be run");
  }
}

/** How tokens are chosen: at random, with what the user's files say, or by the model alone. */
function chooseBy(
  { sampling, mixing }: DecodeRequest,
  memory: TokenMemory,
  endIds: ReadonlySet<number>,
): Pick<DecodeOptions, "choose"> {
  if (sampling !== undefined) return { choose: createSampler(sampling) };
  return mixing === true ? { choose: mixMemory(memory, endIds) } : {};
}

/** Learns a file, or forgets it. */
function learn({ file, tokenIds, recency }: LearnRequest, memory: TokenMemory): HostResults["learn"] {
  if (tokenIds === undefined) memory.remove(file);
  else memory.update(file, tokenIds, recency);
  needsMerge = true;
  return {};
}

/** Puts the memory in order while nobody asks; what comes meanwhile waits for one step. */
async function mergeMemory(): Promise<void> {
  if (loaded === undefined) return;
  while (needsMerge || merging !== undefined) {
    await setImmediate();
    if (cancellations.size > 0) return;
    if (merging === undefined) {
      needsMerge = false;
      merging = loaded.memory.merge();
    }
    if (merging.next().done === true) merging = undefined;
  }
}

/** Tells a lack of memory from other failures. */
function classify(kind: ModelErrorKind, error: unknown, what: string): HostError {
  const message = errorMessage(error);
  const isMemory = /failed to allocate|bad_alloc|out of memory|array buffer allocation failed/i.test(message);
  return isMemory
    ? new HostError(
        "outOfMemory",
        `${what}: there is not enough memory (${message}). Close other programs or take a smaller model.`,
        error,
      )
    : new HostError(kind, `${what}: ${message}`, error);
}

async function answer(request: HostRequest, controller: AbortController): Promise<void> {
  const number = request.request;
  try {
    const result = controller.signal.aborted ? undefined : await handle(request, controller.signal);
    send(result === undefined ? { type: "cancelled", request: number } : { type: "done", request: number, result });
  } catch (error) {
    const kind = error instanceof HostError ? error.kind : "inference";
    send({ type: "failed", request: number, kind, message: errorMessage(error) });
  } finally {
    cancellations.delete(number);
  }
}

/**
 * Answers what the server sends, until it goes.
 * @param create - Makes what remembers the user's files.
 */
export function serveModel(create: CreateTokenMemory): void {
  createMemory = create;
  process.on("message", (message: MessageToHost) => {
    switch (message.type) {
      case "cancel":
        cancellations.get(message.request)?.abort();
        return;
      case "close":
        process.exit(0);
        return;
      default: {
        const controller = new AbortController();
        cancellations.set(message.request, controller);
        queue = queue.then(() => answer(message, controller)).then(mergeMemory);
      }
    }
  });

  // The server is gone, be it closed or killed: nobody is left to work for.
  process.on("disconnect", () => process.exit(0));

  // Ctrl+C in a terminal reaches the server too, which decides when to end.
  process.on("SIGINT", () => {});
}
