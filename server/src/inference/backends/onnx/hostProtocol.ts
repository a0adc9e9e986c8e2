// The messages between the server and the model's process. Every request has a number and gets exactly one last
// answer: `done`, `cancelled` or `failed`.
import type { DecodeEnd } from "../../decode.js";
import type { DecoderModel } from "../../decoder.js";
import type { ModelErrorKind } from "../../errors.js";
import type { ForcedSteps } from "../../forcedText.js";
import type { GeneratedToken, PrefillResult, Sampling } from "../../generation.js";

/** What the session says of one of its inputs or outputs. */
export interface TensorDescription {
  readonly name: string;
  /** ONNX Runtime's name of the element type; undefined if it is not a tensor. */
  readonly type: string | undefined;
  /** Sizes, or names of sizes that vary. */
  readonly shape: readonly (number | string)[];
}

/** Loads a model; the first request to a process, and the only one of its type. */
export interface LoadRequest {
  readonly type: "load";
  readonly request: number;
  /** Absolute path of the weights. */
  readonly weights: string;
  readonly threads: number;
  /** Bytes that keys and values of earlier prompts may take; see defaultTreeBytes. */
  readonly treeBytes?: number | undefined;
  readonly model: DecoderModel;
  /** True to run it by onnxruntime-node, which copies keys and values at each step. */
  readonly copies: boolean;
}

/** Reads a prompt. */
export interface PrefillRequest {
  readonly type: "prefill";
  readonly request: number;
  readonly tokenIds: readonly number[];
  /** Reads all of it anew, whatever is in the cache. */
  readonly fresh?: boolean;
}

/** Writes tokens behind what was read; each is sent as a `token` message. */
export interface DecodeRequest {
  readonly type: "decode";
  readonly request: number;
  readonly maxTokens: number;
  readonly endIds: readonly number[];
  readonly sampling?: Sampling | undefined;
  /** Text that must be written first. */
  readonly forced?: ForcedSteps | undefined;
  /** False to write one token at a time. */
  readonly drafts?: boolean | undefined;
  /** Tokens that the text must not begin with. */
  readonly avoid?: readonly number[] | undefined;
  /** Mixes what came next in the learned files into what the model says. */
  readonly mixing?: boolean | undefined;
}

/** Learns a file of the user's for drafts and mixing, or learns it anew. */
export interface LearnRequest {
  readonly type: "learn";
  readonly request: number;
  /** The sender's number for it. */
  readonly file: number;
  /** Undefined to forget it. */
  readonly tokenIds: Uint16Array | Uint32Array | undefined;
  /** Where files say different things equally often, the one with the higher number counts. */
  readonly recency: number;
}

/** Asks how much memory the process takes. */
export interface MemoryRequest {
  readonly type: "memory";
  readonly request: number;
}

/** Stops the request of this number, be it running or waiting. It still gets its last answer. */
export interface CancelMessage {
  readonly type: "cancel";
  readonly request: number;
}

/** Ends the process. */
export interface CloseMessage {
  readonly type: "close";
}

export type HostRequest = LoadRequest | PrefillRequest | DecodeRequest | LearnRequest | MemoryRequest;
export type MessageToHost = HostRequest | CancelMessage | CloseMessage;

/** What each request is answered with when all goes well. */
export interface HostResults {
  readonly load: LoadedModel;
  readonly prefill: PrefillResult & { readonly milliseconds: number };
  readonly decode: { readonly end: Exclude<DecodeEnd, "cancelled">; readonly milliseconds: number };
  readonly learn: Readonly<Record<string, never>>;
  readonly memory: { readonly residentBytes: number };
}

export interface LoadedModel {
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
  /** Why onnxruntime-node runs it, though that was not asked for; undefined if it does not. */
  readonly copiesBecause: string | undefined;
  /** Whether tokens are read one by one while text is written; see agreesOnSingleRows. */
  readonly singleRows: boolean;
  /** What loading took in the model's process. */
  readonly milliseconds: number;
}

/** A token of a running decode request. */
export interface TokenMessage {
  readonly type: "token";
  readonly request: number;
  readonly token: GeneratedToken;
}

export interface DoneMessage {
  readonly type: "done";
  readonly request: number;
  readonly result: HostResults[keyof HostResults];
}

/** The last answer to a request that was cancelled. */
export interface CancelledMessage {
  readonly type: "cancelled";
  readonly request: number;
}

/** The last answer to a request that failed; the process itself lives on. */
export interface FailedMessage {
  readonly type: "failed";
  readonly request: number;
  readonly kind: ModelErrorKind;
  readonly message: string;
}

export type MessageFromHost = TokenMessage | DoneMessage | CancelledMessage | FailedMessage;
