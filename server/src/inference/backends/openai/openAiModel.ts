// A model on a server that speaks OpenAI's completions API: vLLM, llama.cpp, TGI, Ollama and others.
import { createHash } from "node:crypto";
import { z } from "zod";
import { errorMessage } from "../../../errorMessage.js";
import { ModelError } from "../../errors.js";
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../../generation.js";
import { readEvents } from "./eventStream.js";
import type { PromptMaker } from "./promptMaker.js";

/** The API takes no more stop texts. */
const mostStops = 4;

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/** A piece of a streamed completion. Servers leave out what they do not know. */
const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({ tokens: z.array(z.string()).nullish(), token_logprobs: z.array(z.number().nullable()).nullish() })
          .nullish(),
      }),
    )
    .optional(),
  error: z.object({ message: z.string() }).optional(),
});

export interface OpenAiModelOptions {
  /** The server, without `/v1`. */
  readonly url: string;
  /** The model's name on the server; undefined for the first that it names. */
  readonly model?: string | undefined;
  readonly prompts: PromptMaker;
  /** Sent as a bearer token. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a server.
 *
 * @throws {ModelError} when none answers, or it has no model
 */
export async function connectOpenAiModel(options: OpenAiModelOptions): Promise<OpenAiModel> {
  const { url, key, signal } = options;
  const name = options.model ?? (await findModel(url, key, signal));
  return new OpenAiModel(name, options);
}

async function findModel(url: string, key: string | undefined, signal: AbortSignal | undefined): Promise<string> {
  const address = `${url}/v1/models`;
  let body: unknown;
  try {
    const response = await fetch(address, { headers: headersOf(key), ...(signal === undefined ? {} : { signal }) });
    body = response.ok ? await response.json() : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    throw new ModelError("load", `No server answers at ${address} (${describe(error)}). Start it, or correct the URL.`);
  }
  const [first] = modelsSchema.safeParse(body).data?.data ?? [];
  if (first === undefined) {
    throw new ModelError("load", `${address} names no model. Name one with --backend-model.`);
  }
  return first.id;
}

/** A model on a server. One generation at a time is asked for; servers take more. */
export class OpenAiModel implements LanguageModel {
  readonly id: string;
  /** The server does not tell its weights: the hash of where they are and what they are called. */
  readonly sha256: string;
  readonly #options: OpenAiModelOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, options: OpenAiModelOptions) {
    this.id = name;
    this.sha256 = createHash("sha256").update(`${options.url}\n${name}`).digest("hex");
    this.#options = options;
  }

  get promptTokens(): number {
    return this.#options.prompts.promptTokens;
  }

  get specialTokens(): readonly string[] {
    return this.#options.prompts.specialTokens;
  }

  buildPrompt(parts: PromptParts, budget = this.promptTokens): Prompt {
    return this.#options.prompts.build(parts, budget);
  }

  async *generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd> {
    const before = this.#last;
    let finish = (): void => {};
    this.#last = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const stop = new AbortController();
    const signal = AbortSignal.any([options.signal, stop.signal]);
    try {
      await before;
      if (signal.aborted) {
        return "cancelled";
      }
      return yield* this.#stream(prompt, options, signal);
    } catch (error) {
      if (options.signal.aborted) {
        return "cancelled";
      }
      throw error instanceof ModelError
        ? error
        : new ModelError("inference", `${this.#options.url} broke off the answer (${describe(error)}). Ask again.`);
    } finally {
      stop.abort(); // whoever stops reading stops the server, too
      finish();
    }
  }

  async dispose(): Promise<void> {}

  async *#stream(
    prompt: Prompt,
    options: GenerateOptions,
    signal: AbortSignal,
  ): AsyncGenerator<DecodedToken, GenerationEnd> {
    const { url, key, prompts } = this.#options;
    const address = `${url}/v1/completions`;
    const { temperature = 0, seed } = options.sampling ?? {};
    const stops = prompts.specialTokens.slice(0, mostStops);
    let response: Response;
    try {
      response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", ...headersOf(key) },
        signal,
        body: JSON.stringify({
          model: this.id,
          ...prompts.fieldsOf(prompt),
          max_tokens: options.maxTokens,
          temperature,
          ...(seed === undefined ? {} : { seed }),
          ...(stops.length === 0 ? {} : { stop: stops }),
          logprobs: 1,
          stream: true,
        }),
      });
    } catch (error) {
      if (signal.aborted) {
        return "cancelled";
      }
      throw new ModelError("crashed", `No server answers at ${address} (${describe(error)}). Start it again.`);
    }
    if (!response.ok || response.body === null) {
      const text = (await response.text()).slice(0, 300);
      throw new ModelError("inference", `${address} answered ${response.status}: ${text || response.statusText}`);
    }
    options.onPrefill?.({ tokens: prompt.tokenIds.length, reusedTokens: 0 });
    let end: GenerationEnd | undefined;
    let id = 0;
    for await (const data of readEvents(response.body as AsyncIterable<Uint8Array>)) {
      if (data === "[DONE]") {
        break;
      }
      const { text, tokens, isLast, isFull } = readChunk(data, address);
      if (text !== "") {
        // Texts of tokens may not add up to the text where a character is cut in two: the text counts.
        const isWhole = tokens.map((token) => token.text).join("") === text;
        for (const token of isWhole ? tokens : [{ text, logProbability: sumOf(tokens) }]) {
          yield { id: id++, ...token, horizon: undefined };
        }
      }
      if (isLast) {
        end = isFull ? "budget" : "endOfMiddle";
      }
    }
    if (end === undefined) {
      throw new ModelError("inference", `${address} broke off the answer without saying why. Ask again.`);
    }
    return end;
  }
}

interface Chunk {
  readonly text: string;
  readonly tokens: readonly { readonly text: string; readonly logProbability: number }[];
  readonly isLast: boolean;
  readonly isFull: boolean;
}

function readChunk(data: string, address: string): Chunk {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    value = undefined;
  }
  const parsed = chunkSchema.safeParse(value);
  if (!parsed.success) {
    throw new ModelError(
      "inference",
      `${address} does not speak OpenAI's completions API: it sent ${data.slice(0, 120)}`,
    );
  }
  if (parsed.data.error !== undefined) {
    throw new ModelError("inference", `${address}: ${parsed.data.error.message}`);
  }
  const [choice] = parsed.data.choices ?? [];
  const reason = choice?.finish_reason ?? undefined;
  const texts = choice?.logprobs?.tokens ?? [];
  const values = choice?.logprobs?.token_logprobs ?? [];
  return {
    text: choice?.text ?? "",
    // Not a number, and not 0: a server that tells no probabilities has not said that it is sure.
    tokens: texts.map((text, index) => ({ text, logProbability: Math.min(0, values[index] ?? Number.NaN) })),
    isLast: reason !== undefined,
    isFull: reason === "length",
  };
}

function sumOf(tokens: Chunk["tokens"]): number {
  return tokens.length === 0 ? Number.NaN : tokens.reduce((sum, { logProbability }) => sum + logProbability, 0);
}

function headersOf(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

/** fetch says "fetch failed" and keeps the reason in the cause. */
function describe(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? errorMessage(error.cause) : errorMessage(error);
}
