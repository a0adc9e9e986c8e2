// The engine with a provider of snippets: what is asked of it, what becomes of the answer, and how long it is waited for.

import { describe, expect, test } from "vitest";
import type { RequestCause } from "../../../server/src/completion/completion.js";
import { windowOf } from "../../../server/src/completion/contextStage.js";
import { CompletionEngine, type EngineOptions, type PromptEvent } from "../../../server/src/completion/engine.js";
import { defaultCompletionSettings } from "../../../server/src/completion/settings.js";
import type { SnippetProvider, SnippetRequest } from "../../../server/src/completion/snippetProvider.js";
import type { Prompt, PromptParts, Snippet } from "../../../server/src/inference/generation.js";
import { completeAt, completeDocument, documentOf } from "./engineHarness.js";
import { ScriptedModel } from "./scriptedModel.js";

/** A token for every character, and two for each snippet's mark. */
class CharacterModel extends ScriptedModel {
  override buildPrompt(parts: PromptParts): Prompt {
    this.prompts.push(parts);
    const suffix = parts.suffix.slice(0, this.promptTokens / 4);
    const prefix = parts.prefix.slice(-(this.promptTokens / 2));
    const snippets = parts.snippets.filter(({ text }) => text.length < this.promptTokens);
    const lengths = snippets.map(({ path, text }) => path.length + text.length + 2);
    const length = lengths.reduce((sum, one) => sum + one, prefix.length + suffix.length);
    return {
      tokenIds: new Array(length).fill(0),
      snippets,
      prefixLength: prefix.length,
      suffixLength: suffix.length,
    };
  }
}

const helper: Snippet = { path: "helper.py", text: "def helper(x): ..." };

/** Provides what it is told to, and remembers what it was asked. */
class TestProvider implements SnippetProvider {
  readonly requests: SnippetRequest[] = [];
  answer: (request: SnippetRequest, signal: AbortSignal) => Promise<readonly Snippet[]> = async () => [helper];

  snippets(request: SnippetRequest, signal: AbortSignal): Promise<readonly Snippet[]> {
    this.requests.push(request);
    return this.answer(request, signal);
  }
}

function start(text: string, options: Partial<EngineOptions> & { readonly promptTokens?: number } = {}) {
  const provider = new TestProvider();
  const model = new CharacterModel({ text, promptTokens: options.promptTokens ?? 400 });
  const prompts: PromptEvent[] = [];
  const engine = new CompletionEngine({
    model,
    clock: { now: () => 0 },
    context: provider,
    onPrompt: (event) => prompts.push(event),
    // Waits for ever, unless told otherwise.
    wait: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
    ...options,
  });
  return { engine, model, provider, prompts };
}

describe("snippets", () => {
  test("stand in the prompt, and are recorded as part of what it is a function of", async () => {
    const { engine, prompts } = start("helper(1)");
    const { result } = await completeAt(engine, "x = █\n");
    expect(result.prompt.snippets).toEqual([helper]);
    expect(prompts[0]?.state.snippets).toEqual([helper]);
    expect(prompts[0]?.timeOuts).toEqual([]);
  });

  test("are asked for with the window that a prompt without any would hold, and with the model's own costs", async () => {
    const { engine, provider } = start("1");
    const before = "a = 1\n".repeat(100);
    const after = "b = 2\n".repeat(100);
    await completeDocument(engine, documentOf(`${before}${after}`), before.length);
    const [request] = provider.requests;
    expect(request?.window).toEqual({ start: before.length - 200, end: before.length + 100 });
    expect(request?.budget).toBe(Math.floor(400 * 0.3));
    expect(request?.cost(helper)).toBe(helper.path.length + helper.text.length + 2);
    expect(request?.cost({ path: "large.py", text: "x".repeat(400) })).toBe(Number.POSITIVE_INFINITY);
  });

  test("get the room that a short document leaves, in steps", async () => {
    const { engine, provider } = start("1");
    await completeAt(engine, "x = █\n");
    expect(provider.requests[0]?.budget).toBe(384);
  });

  test("are not asked for where the answer is known, and an unfinished answer keeps those that it began with", async () => {
    const { engine, provider, model } = start("first\n    second\n    third\n");
    const controller = new AbortController();
    model.abortAfter = { tokens: 3, controller };
    await completeAt(engine, "def f():\n    █\n", "python", controller.signal);
    model.abortAfter = undefined;
    provider.answer = async () => [];
    const { result } = await completeAt(engine, "def f():\n    █\n");
    expect(provider.requests).toHaveLength(1);
    expect(result.prompt.snippets).toEqual([helper]);
    await completeAt(engine, "def f():\n    █\n");
    expect(provider.requests).toHaveLength(1);
  });

  test("can be switched off", async () => {
    const { engine, provider, prompts } = start("1", { disabled: new Set(["context"]) });
    await completeAt(engine, "x = █\n");
    expect(provider.requests).toEqual([]);
    expect(prompts[0]?.state.snippets).toEqual([]);
  });

  test("can be switched off and on while it runs, as an experiment's arms change", async () => {
    const { engine, provider } = start("1");
    engine.configure({ ...defaultCompletionSettings, disabled: ["context"] });
    expect((await completeAt(engine, "x = █\n")).result.prompt.snippets).toEqual([]);
    expect(provider.requests).toEqual([]);
    engine.configure(defaultCompletionSettings);
    expect((await completeAt(engine, "x = █\n")).result.prompt.snippets).toEqual([helper]);
  });
});

describe("a provider that is late", () => {
  test("is not waited for: the snippets of the request before hold, but for the document's own", async () => {
    let timeUp = (): void => {};
    const { engine, provider, prompts } = start("1", {
      wait: (_, signal) =>
        new Promise((resolve) => {
          timeUp = resolve;
          signal.addEventListener("abort", () => resolve());
        }),
    });
    const own: Snippet = { path: documentOf("").path, text: "own = 1" };
    provider.answer = async () => [own, helper];
    await completeAt(engine, "x = █\n");
    let abandoned: AbortSignal | undefined;
    provider.answer = (_, signal) => {
      abandoned = signal;
      queueMicrotask(() => timeUp());
      return new Promise(() => {});
    };
    await completeAt(engine, "xy = █\n");
    expect(prompts[0]?.state.snippets).toEqual([own, helper]);
    expect(prompts[1]?.state.snippets).toEqual([helper]);
    expect(prompts[1]?.timeOuts).toEqual(["context"]);
    expect(abandoned?.aborted).toBe(true);
    // Another document has no request before.
    await completeDocument(engine, documentOf("z = ", "go"), 4);
    expect(prompts[2]?.state.snippets).toEqual([]);
  });

  test("is left when the request is cancelled, and the model is not asked", async () => {
    const { engine, provider, model } = start("1");
    const controller = new AbortController();
    provider.answer = () => {
      queueMicrotask(() => controller.abort());
      return new Promise(() => {});
    };
    const { result } = await completeAt(engine, "x = █\n", "python", controller.signal);
    expect(result.completions).toEqual([]);
    expect(model.begun).toBe(0);
  });
});

describe("snippets hold", () => {
  /** Asks as an editor does while one types: the model's answer is never what is typed next. */
  async function typed(engine: CompletionEngine, text: string, cause: RequestCause = "typing"): Promise<void> {
    const completing = engine.complete(
      { document: documentOf(text, "python"), offset: text.length, cause },
      new AbortController().signal,
    );
    while (!(await completing.next()).done);
  }

  test("while one types on in a line, and are asked for at the next one", async () => {
    const { engine, provider, prompts } = start("never typed", { disabled: new Set(["invocation"]) });
    for (const text of ["a\nb", "a\nb ", "a\nb =", "a\nb = c", "a\nb = "]) await typed(engine, text);
    expect(provider.requests).toHaveLength(1);
    expect(prompts.every(({ state }) => state.snippets.length === 1)).toBe(true);
    await typed(engine, "a\nb = c\n");
    expect(provider.requests).toHaveLength(2);
    // Back in the line above.
    await typed(engine, "a\nb = cd");
    expect(provider.requests).toHaveLength(2);
  });

  test("not for the explicit command, nor when the repository has changed, nor where there were none", async () => {
    const { engine, provider } = start("never typed", { disabled: new Set(["invocation"]) });
    let version = "1";
    Object.assign(provider, { version: () => version });
    await typed(engine, "a\nb");
    await typed(engine, "a\nb ", "command");
    expect(provider.requests).toHaveLength(2);
    version = "2";
    await typed(engine, "a\nb =");
    expect(provider.requests).toHaveLength(3);
    provider.answer = async () => [];
    await typed(engine, "a\nb\nc");
    await typed(engine, "a\nb\nc ");
    expect(provider.requests).toHaveLength(5);
  });

  test("not when they are to be left out", async () => {
    const { engine, provider } = start("never typed", { disabled: new Set(["invocation", "heldSnippets"]) });
    await typed(engine, "a\nb");
    await typed(engine, "a\nb ");
    expect(provider.requests).toHaveLength(2);
  });
});

test("the window of a document with CRLF counts line ends as the prompt does", () => {
  const text = "a\r\nbc\r\nde\r\nf";
  const offset = text.indexOf("d");
  expect(windowOf(text, offset, { prefixLength: 3, suffixLength: 3 })).toEqual({
    start: text.indexOf("b"),
    end: text.indexOf("f"),
  });
  expect(windowOf(text, offset, { prefixLength: 99, suffixLength: 99 })).toEqual({ start: 0, end: text.length });
});
