// Loads a model from its folder: checks the files, starts the process that computes, and has the model test itself.
import { availableParallelism } from "node:os";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { HostProcess } from "./backends/onnx/client.js";
import { HostSupervisor } from "./backends/onnx/supervisor.js";
import { ModelError, toModelError } from "./errors.js";
import { HostedLanguageModel } from "./languageModel.js";
import { LearnedFiles } from "./learnedFiles.js";
import { type Manifest, readManifest, verifyModelFile } from "./manifest.js";
import type { ModelState } from "./modelState.js";
import { checkKnownCompletion, checkRoundTrip, checkSession, checkSpecialTokens } from "./selfTest.js";
import { readTokenizer } from "./tokenizer.js";

/** Threads that compute: more than two gain little on a small model and take the machine from the user. */
export function defaultThreads(): number {
  return Math.min(2, availableParallelism());
}

export interface LoadModelOptions {
  /** The model's folder, with manifest.json in it. */
  readonly directory: string;
  /** Path of the bundled host.ts (dist/modelHost.js). */
  readonly hostScript: string;
  /** Receives `starting` and then `ready` or `error`, and later what happens to the model's process. */
  readonly onStateChange?: (state: ModelState) => void;
  /** Gives up loading. */
  readonly signal?: AbortSignal;
  /** Threads that compute; default, and for 0: 2, or 1 on a machine with one processor. */
  readonly threads?: number;
  /** Most tokens of a prompt, for a machine that is too slow for as many as the model may read. */
  readonly promptTokens?: number | undefined;
  /** Bytes that keys and values of earlier prompts may take; see defaultTreeBytes. */
  readonly treeBytes?: number;
  /** True to run the graph by onnxruntime-node, which copies keys and values at each step. */
  readonly copies?: boolean;
  /** Receives a line when the model runs otherwise than it might. */
  readonly log?: (message: string) => void;
}

/**
 * Loads a model and tests it.
 * @throws ModelError (ManifestError for what is wrong in the model's folder) whose message says what to do.
 */
export async function loadModel(options: LoadModelOptions): Promise<HostedLanguageModel> {
  const { directory, hostScript, signal } = options;
  const onStateChange = options.onStateChange ?? (() => {});
  const threads = options.threads || defaultThreads();

  const learned = new LearnedFiles();
  let supervisor: HostSupervisor | undefined;
  let processes = 0;
  onStateChange({ state: "starting" });
  try {
    signal?.throwIfAborted();
    const manifest = await readManifest(directory);
    supervisor = new HostSupervisor({
      startProcess: () => new HostProcess(hostScript),
      load: async (host, stop) => {
        // Calling the library directly is what can crash: a process in the place of one that died does without.
        const isReplacement = processes++ > 0;
        const copies = options.copies === true || isReplacement;
        if (isReplacement) options.log?.("The new process copies keys and values, as the safest way to run the model.");
        await loadWeights(host, manifest, { ...options, threads, copies }, stop);
        await learned.teach(host, stop);
      },
      onStateChange,
      delay: (milliseconds, stop) => delay(milliseconds, undefined, { signal: stop }),
      now: () => performance.now(),
    });
    // Reading the manifest and starting a process take some milliseconds each: not in one turn of the event loop.
    await setImmediate();
    // The process starts and loads while the tokenizer is read here.
    const started = startTwice(supervisor, signal);
    started.catch(() => {});
    const tokenizer = await readTokenizer(await verifyModelFile(directory, manifest, "tokenizer", signal), signal);
    checkSpecialTokens(manifest, tokenizer);
    checkRoundTrip(tokenizer);
    const model = new HostedLanguageModel(directory, manifest, tokenizer, supervisor, learned);
    await started;
    await checkKnownCompletion(manifest, model, signal);
    signal?.throwIfAborted();
    // After the self-test, whose hole the manifest states for whole prompts.
    model.limitPrompts(options.promptTokens ?? Number.POSITIVE_INFINITY);
    onStateChange({ state: "ready" });
    return model;
  } catch (error) {
    await supervisor?.dispose();
    const failure = signal?.aborted
      ? new ModelError("cancelled", "Loading the model was given up. Load it again to use it.", { cause: error })
      : toModelError(error, "load");
    onStateChange({ state: "error", error: failure, restarting: false });
    throw failure;
  }
}

/** Starts the process, and once more if it crashes while it loads. */
async function startTwice(supervisor: HostSupervisor, signal: AbortSignal | undefined): Promise<void> {
  try {
    await supervisor.start(signal);
  } catch (error) {
    if (!(error instanceof ModelError && error.kind === "crashed")) throw error;
    signal?.throwIfAborted();
    await supervisor.start(signal);
  }
}

/**
 * Gives the weights to a new process and checks what it says about them.
 * @throws ModelError when they are not what the manifest says, or cannot be loaded
 */
export async function loadWeights(
  host: HostProcess,
  manifest: Manifest,
  { directory, threads, treeBytes, copies = false, log }: LoadModelOptions & { readonly threads: number },
  signal: AbortSignal,
): Promise<void> {
  // Checked at every start: the file may have been replaced since.
  const weights = await verifyModelFile(directory, manifest, "weights", signal);
  const { layers, keyValueHeads, headSize, maximumPositions } = manifest.architecture;
  const { vocabularySize, horizonOutputs, precedingTokens } = manifest.architecture;
  const { prefillChunkTokens } = manifest.limits;
  const model = {
    layers,
    keyValueHeads,
    headSize,
    maximumPositions,
    vocabularySize,
    horizonOutputs,
    precedingTokens,
    prefillChunkTokens,
  };
  const loaded = await host.request({ type: "load", weights, threads, treeBytes, model, copies }, { signal });
  if (loaded === undefined) {
    signal.throwIfAborted();
    return;
  }
  checkSession(manifest, loaded);
  if (loaded.copiesBecause !== undefined) {
    log?.(`ONNX Runtime copies keys and values at each step, which is slower: ${loaded.copiesBecause}`);
  }
}
