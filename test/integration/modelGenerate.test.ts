// Completions of the real model in its process: tokens and their text, limits, the cache, cancellation, one at a time.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { beforeAll, describe, expect, it } from "vitest";
import type { PrefillResult, Prompt } from "../../server/src/inference/generation.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { collect, copyModel, knownPrompt, load, promptAt, promptsThatContinue, realCode } from "./modelSupport.js";

let model: HostedLanguageModel;
let prompts: Prompt[];

beforeAll(async () => {
  model = await load();
  prompts = await promptsThatContinue(model, 3);
});

describe("the tokenizer of the model", () => {
  it("encodes real code as the library does, and gives it back", () => {
    const file = path.join(model.directory, model.manifest.files.tokenizer.path);
    const library = new LibraryTokenizer(JSON.parse(readFileSync(file, "utf8")), {});
    for (let start = 0; start < realCode.length; start += 1999) {
      const text = realCode.slice(start, start + 1999);
      const ids = model.tokenizer.encode(text);
      expect(ids).toEqual(library.encode(text, { add_special_tokens: false }).ids);
      expect(model.tokenizer.decode(ids)).toBe(text);
      expect(library.decode(ids, { clean_up_tokenization_spaces: false })).toBe(text);
    }
  });
});

describe("a prompt", () => {
  it("fits the budget and fills most of it where there is enough text", () => {
    for (const budget of [128, 512, model.promptTokens]) {
      const { tokenIds } = promptAt(model, 30_000, "commander", budget);
      expect(tokenIds.length).toBeLessThanOrEqual(budget);
      expect(tokenIds.length).toBeGreaterThan(budget * 0.6);
    }
    expect(promptAt(model, 30_000, "commander", 1e9).tokenIds.length).toBeLessThanOrEqual(model.promptTokens);
  });

  it("that is typed into is reused up to the place of typing", async () => {
    const reused: PrefillResult[] = [];
    const typed = realCode.slice(30_000, 30_060);
    for (let i = 0; i < typed.length; i += 3) {
      const prefix = realCode.slice(0, 30_000) + typed.slice(0, i);
      const prompt = model.buildPrompt({ repository: "typing", path: "a.js", prefix, suffix: "\n}\n", snippets: [] });
      await collect(model, prompt, { maxTokens: 1, onPrefill: (result) => reused.push(result) });
    }
    const shares = reused.slice(1).map((result) => result.reusedTokens / result.tokens);
    // Each key stroke changes a token or two at the end; if the cut moved on, it did so once.
    expect(shares.filter((share) => share > 0.97).length).toBeGreaterThanOrEqual(shares.length - 1);
  });
});

describe("a generation", () => {
  it("writes the known middle, with log-probability and horizon", async () => {
    const { tokens, text } = await collect(model, knownPrompt(model), {
      maxTokens: model.manifest.limits.middleTokens,
    });
    expect(text.startsWith(model.manifest.selfTest.middle)).toBe(true);
    expect(model.tokenizer.decode(tokens.map((token) => token.id))).toBe(text);
    for (const token of tokens) {
      expect(token.logProbability).toBeLessThanOrEqual(0);
      expect(token.horizon === undefined).toBe(!model.manifest.architecture.horizonOutputs);
    }
  });

  it("tells of the prompt before the first token", async () => {
    const events: string[] = [];
    const prompt = prompts[1] as Prompt;
    const generation = model.generate(prompt, {
      maxTokens: 2,
      signal: new AbortController().signal,
      onPrefill: ({ tokens }) => events.push(`prefill ${tokens}`),
    });
    for await (const _ of generation) events.push("token");
    expect(events).toEqual([`prefill ${prompt.tokenIds.length}`, "token", "token"]);
  });

  it("stops at its budget", async () => {
    for (const maxTokens of [1, 2]) {
      const { tokens, end } = await collect(model, prompts[1] as Prompt, { maxTokens });
      expect(tokens).toHaveLength(maxTokens);
      expect(["budget", "endOfMiddle"]).toContain(end);
    }
  });

  it("never shows a special token", async () => {
    for (const prompt of prompts) {
      const { tokens, text } = await collect(model, prompt, { maxTokens: 160 });
      expect(tokens.filter((token) => model.tokenizer.specialIds.has(token.id))).toEqual([]);
      for (const special of Object.values(model.manifest.specialTokens)) expect(text).not.toContain(special);
    }
  });

  it("is the same from a warm cache as from a cold one, with another prompt between", async () => {
    const other = promptAt(model, 20_000, "something else altogether", 200);
    for (const prompt of prompts) {
      let reused = -1;
      const onPrefill = (result: PrefillResult): void => {
        reused = result.reusedTokens;
      };
      const cold = await collect(model, prompt, { fresh: true, onPrefill });
      expect(reused).toBe(0);
      await collect(model, other);
      const warm = await collect(model, prompt, { onPrefill });
      expect(reused).toBe(prompt.tokenIds.length - 2);
      expect(warm).toEqual(cold);
    }
  });

  it("goes on where an accepted text ended, from the cache", async () => {
    const prompt = prompts[1] as Prompt;
    const { tokens } = await collect(model, prompt);
    let result: PrefillResult | undefined;
    // The template's last token stands between prefix and middle, so what was written is behind it.
    const accepted = { ...prompt, tokenIds: [...prompt.tokenIds, ...tokens.map((token) => token.id)] };
    await collect(model, accepted, { onPrefill: (prefill) => (result = prefill) });
    expect(result?.reusedTokens).toBeGreaterThanOrEqual(accepted.tokenIds.length - 2);
  });

  it.each([
    ["no tokens", [], 8, /the prompt is empty/],
    ["a token that does not exist", [1, 1e6], 8, /holds 1000000, which is no token/],
    ["a negative token", [-1], 8, /holds -1/],
    ["too many tokens", Array.from({ length: 5000 }, () => 10), 8, /has 5000 tokens/],
    ["no room for an answer", [10], 0, /maxTokens is 0/],
  ])("refuses a prompt with %s, and the next one works", async (_, tokenIds, maxTokens, message) => {
    const wrong = collect(model, { tokenIds, snippets: [], prefixLength: 0, suffixLength: 0 }, { maxTokens });
    await expect(wrong).rejects.toMatchObject({ kind: "input", message: expect.stringMatching(message) });
    expect((await collect(model, prompts[0] as Prompt)).tokens.length).toBeGreaterThan(0);
  });
});

describe("cancelling", () => {
  /** Reads one token at a time, so that reading a long prompt takes a thousand runs. */
  let slow: HostedLanguageModel;

  beforeAll(async () => {
    const directory = await copyModel((manifest) => {
      manifest.limits.prefillChunkTokens = 1;
    });
    slow = await load({ directory });
  });

  it("before the start returns at once", async () => {
    expect(await collect(model, prompts[0] as Prompt, { signal: AbortSignal.abort() })).toMatchObject({
      tokens: [],
      end: "cancelled",
    });
  });

  it("while the prompt is read stops reading, and the cache stays right", async () => {
    const prompt = promptAt(slow, 30_000, "slow");
    const stop = new AbortController();
    const cancelled = collect(slow, prompt, { signal: stop.signal });
    // Asking for the memory waits in the process's queue; sending it means that the prompt has been sent before.
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await cancelled).toMatchObject({ tokens: [], end: "cancelled" });

    let reused = -1;
    const expected = await collect(model, prompt);
    const after = await collect(slow, prompt, { onPrefill: (result) => (reused = result.reusedTokens) });
    expect(reused).toBeLessThan(prompt.tokenIds.length / 2);
    // One row at a time computes a little differently; the first token is the same all the same.
    expect(after.tokens[0]?.id).toBe(expected.tokens[0]?.id);
  });

  it("while tokens are written returns without an error", async () => {
    const stop = new AbortController();
    const generation = model.generate(prompts[1] as Prompt, { maxTokens: 160, signal: stop.signal });
    expect((await generation.next()).done).toBe(false);
    stop.abort();
    expect(await generation.next()).toEqual({ done: true, value: "cancelled" });
    expect((await collect(model, prompts[0] as Prompt)).tokens.length).toBeGreaterThan(0);
  });

  it("by a reader who stops reading stops the model too", async () => {
    for await (const _ of model.generate(prompts[1] as Prompt, {
      maxTokens: 160,
      signal: new AbortController().signal,
    }))
      break;
    const expected = await collect(model, prompts[2] as Prompt);
    expect(expected.end).not.toBe("cancelled");
  });

  it("a generation that waits returns at once, and the one before it goes on", async () => {
    const first = collect(slow, promptAt(slow, 25_000, "first"), { maxTokens: 2 });
    const stop = new AbortController();
    const second = collect(slow, prompts[0] as Prompt, { signal: stop.signal });
    let firstEnded = false;
    first.finally(() => {
      firstEnded = true;
    });
    stop.abort();
    expect((await second).end).toBe("cancelled");
    expect(firstEnded).toBe(false);
    expect((await first).end).not.toBe("cancelled");
  });
});

describe("several generations at once", () => {
  it("run one after the other and give what each gives alone", async () => {
    const alone = [];
    for (const prompt of prompts) alone.push(await collect(model, prompt));
    const together = await Promise.all(prompts.map((prompt) => collect(model, prompt)));
    expect(together).toEqual(alone);
  });
});
