// A server that speaks OpenAI's completions API is a model like any other.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEvents } from "../../../../../server/src/inference/backends/openai/eventStream.js";
import {
  connectOpenAiModel,
  type OpenAiModelOptions,
} from "../../../../../server/src/inference/backends/openai/openAiModel.js";
import { createPlainPromptMaker } from "../../../../../server/src/inference/backends/openai/promptMaker.js";
import type { DecodedToken, GenerationEnd } from "../../../../../server/src/inference/generation.js";

type Answer = (request: Record<string, unknown>, response: ServerResponse) => unknown;

const never = new AbortController().signal;
let server: Server;
let url: string;
let answer: Answer;
let requests: { readonly path: string; readonly key: string | undefined; readonly body: Record<string, unknown> }[];
let closed: Promise<unknown> | undefined;

beforeEach(async () => {
  requests = [];
  answer = (_, response) => stream(response, [piece("x", -0.5), piece(" = 1", -0.25, "stop")]);
  server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    closed = once(response, "close");
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = text === "" ? {} : JSON.parse(text);
    requests.push({ path: request.url ?? "", key: request.headers.authorization, body });
    if (request.url === "/v1/models") {
      response.end(JSON.stringify({ object: "list", data: [{ id: "coder-1" }] }));
    } else {
      await answer(body, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function piece(text: string, logProbability?: number, reason: string | null = null) {
  const logprobs = logProbability === undefined ? null : { tokens: [text], token_logprobs: [logProbability] };
  return { choices: [{ index: 0, text, finish_reason: reason, logprobs }] };
}

function stream(response: ServerResponse, chunks: readonly object[], end = "data: [DONE]\n\n"): void {
  response.setHeader("content-type", "text/event-stream");
  response.end(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}${end}`);
}

async function write(options: Partial<OpenAiModelOptions> = {}, signal = never, most = Number.POSITIVE_INFINITY) {
  const model = await connectOpenAiModel({ url, prompts: createPlainPromptMaker(), ...options });
  const prompt = model.buildPrompt({
    repository: "r",
    path: "a.py",
    prefix: "a = 2\n",
    suffix: "\nb = 3",
    snippets: [],
  });
  const tokens: DecodedToken[] = [];
  let read = 0;
  const generation = model.generate(prompt, {
    maxTokens: 20,
    signal,
    onPrefill: ({ tokens: count }) => (read = count),
  });
  let end: GenerationEnd | undefined;
  for (let next = await generation.next(); ; next = await generation.next()) {
    if (next.done === true) {
      end = next.value;
      break;
    }
    tokens.push(next.value);
    if (tokens.length === most) {
      end = (await generation.return("cancelled")).value as GenerationEnd;
      break;
    }
  }
  return { model, tokens, end, read };
}

describe("a model on a server", () => {
  it("is asked by prefix and suffix, and streams tokens with probabilities", async () => {
    const { model, tokens, end, read } = await write({ key: "secret" });
    expect(model.id).toBe("coder-1");
    expect(model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(tokens.map(({ text, logProbability, horizon }) => [text, logProbability, horizon])).toEqual([
      ["x", -0.5, undefined],
      [" = 1", -0.25, undefined],
    ]);
    expect({ end, read }).toEqual({ end: "endOfMiddle", read: 13 });
    expect(requests[1]).toEqual({
      path: "/v1/completions",
      key: "Bearer secret",
      body: {
        model: "coder-1",
        prompt: "a = 2\n",
        suffix: "\nb = 3",
        max_tokens: 20,
        temperature: 0,
        logprobs: 1,
        stream: true,
      },
    });
  });

  it("is asked by token ids where a model's folder says how", async () => {
    const prompts = {
      promptTokens: 100,
      specialTokens: ["<a>", "<b>", "<c>", "<d>", "<e>"],
      build: () => ({ tokenIds: [1, 2, 3], snippets: [], prefixLength: 0, suffixLength: 0 }),
      fieldsOf: () => ({ prompt: [1, 2, 3] }),
      countTokens: undefined,
    };
    await write({ prompts, model: "named" });
    expect(requests[0]?.body).toMatchObject({ model: "named", prompt: [1, 2, 3], stop: ["<a>", "<b>", "<c>", "<d>"] });
  });

  it("says when its budget was used up, and does without probabilities", async () => {
    answer = (_, response) => stream(response, [piece("x"), piece("", undefined, "length")]);
    const { tokens, end } = await write();
    expect(end).toBe("budget");
    expect(tokens).toEqual([{ id: 0, text: "x", logProbability: Number.NaN, horizon: undefined }]);
  });

  it("is stopped by a signal, and by who stops reading", async () => {
    answer = async (_, response) => {
      response.write(`data: ${JSON.stringify(piece("x", -1))}\n\n`);
    };
    const { end } = await write({}, never, 1);
    expect(end).toBe("cancelled");
    await closed;

    const controller = new AbortController();
    answer = () => controller.abort();
    expect((await write({}, controller.signal)).end).toBe("cancelled");
    await closed;
  });

  const failures: readonly [string, Answer, RegExp][] = [
    ["an error", (_, response) => response.writeHead(404).end("no such model"), /answered 404: no such model/],
    [
      "an error within the stream",
      (_, response) => stream(response, [{ error: { message: "out of memory" } }]),
      /out of memory/,
    ],
    ["something else", (_, response) => response.end("data: hello\n\n"), /does not speak OpenAI's completions API/],
    ["half an answer", (_, response) => stream(response, [piece("x", -1)], ""), /broke off the answer/],
    ["a closed connection", (_, response) => response.destroy(), /No server answers|broke off/],
  ];
  it.each(failures)("%s is an error of the model", async (_, fails, message) => {
    answer = fails;
    await expect(write()).rejects.toMatchObject({ name: "ModelError", message: expect.stringMatching(message) });
  });

  it("that is not there is an error that says so", async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(write()).rejects.toThrow(/No server answers at http:\/\/127\.0\.0\.1:\d+\/v1\/models .*ECONNREFUSED/);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
});

describe("plain prompts", () => {
  it("keep what is next to the caret, in whole lines", () => {
    const lines = Array.from({ length: 2000 }, (_, index) => `line_${index}()\n`).join("");
    const prompts = createPlainPromptMaker();
    const prompt = prompts.build({ repository: "", path: "", prefix: lines, suffix: lines, snippets: [] }, 100);
    const fields = prompts.fieldsOf(prompt) as { prompt: string; suffix: string };
    expect(lines.endsWith(fields.prompt) && lines.startsWith(fields.suffix)).toBe(true);
    expect(fields.prompt).toMatch(/^line_/);
    expect(fields.suffix).toMatch(/\n$/);
    expect(fields.prompt.length + fields.suffix.length).toBeLessThanOrEqual(300);
  });
});

describe("server-sent events", () => {
  it("are put together from any pieces", async () => {
    const bytes = new TextEncoder().encode('data: {"a":"é"}\r\n\r\n: comment\n\ndata:two\ndata: lines\n\ndata: last');
    for (const size of [1, 2, 7, 100]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      );
      const events: string[] = [];
      for await (const event of readEvents(
        (async function* () {
          yield* pieces;
        })(),
      ))
        events.push(event);
      expect(events).toEqual(['{"a":"é"}', "two\nlines", "last"]);
    }
  });
});
