// What is being written while the user types on: it goes on where it agrees, stops at once where it does not, and what is
// computed ahead is never in the way.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Position, TextDocument } from "vscode-languageserver-textdocument";
import { EnergyBudget } from "../../../server/src/completion/energyBudget.js";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import { unpressed } from "../../../server/src/completion/pressure.js";
import { Speculator } from "../../../server/src/features/speculator.js";
import { Suggestions } from "../../../server/src/features/suggestions.js";
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../../../server/src/inference/generation.js";
import { DEFAULT_SETTINGS } from "../../../server/src/settings.js";

/** A model that writes a character whenever the test lets it. */
class GatedModel implements LanguageModel {
  readonly id = "gated";
  readonly sha256 = "2".repeat(64);
  readonly promptTokens = 1024;
  /** Prefixes of the prompts, in order. */
  readonly begun: string[] = [];
  running = 0;
  mostRunning = 0;
  /** What it writes behind a prefix. */
  write: (prefix: string) => string = () => "";
  #allowed = 0;
  #wake: (() => void)[] = [];
  readonly #prefixes = new WeakMap<Prompt, string>();

  allow(characters: number): void {
    this.#allowed += characters;
    for (const wake of this.#wake.splice(0)) {
      wake();
    }
  }

  buildPrompt({ prefix, suffix, snippets }: PromptParts): Prompt {
    const prompt = { tokenIds: [1], snippets, prefixLength: prefix.length, suffixLength: suffix.length };
    this.#prefixes.set(prompt, prefix);
    return prompt;
  }

  async *generate(prompt: Prompt, { signal, onPrefill }: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd> {
    const prefix = this.#prefixes.get(prompt) ?? "";
    this.begun.push(prefix);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    try {
      onPrefill?.({ tokens: 1, reusedTokens: 0 });
      for (const text of this.write(prefix)) {
        while (this.#allowed === 0 && !signal.aborted) {
          await new Promise<void>((resolve) => {
            this.#wake.push(resolve);
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
        }
        if (signal.aborted) {
          return "cancelled";
        }
        this.#allowed--;
        yield { id: 1, text, logProbability: -0.1, horizon: undefined };
      }
      return "endOfMiddle";
    } finally {
      this.running--;
    }
  }

  async dispose(): Promise<void> {}
}

const uri = "file:///box/area.py";

function startEditor() {
  const model = new GatedModel();
  const engine = new CompletionEngine({ model, clock: { now: () => Date.now() } });
  let document = TextDocument.create(uri, "python", 1, "area = ");
  const ahead = new Speculator({
    budget: new EnergyBudget(() => Date.now()),
    pressure: () => unpressed,
    wait: async (milliseconds, signal) => {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      signal.throwIfAborted();
    },
    onError: () => {},
  });
  const suggestions = new Suggestions({
    documents: { get: () => document },
    configuration: { settings: DEFAULT_SETTINGS, known: Promise.resolve() } as never,
    workspaceFolders: { folders: [] },
    status: { beginWork: () => () => {} },
    model: { ready: async () => engine },
    ahead,
    onWritten: () => {},
  });
  const caret = (): Position => document.positionAt(document.getText().length);
  return {
    model,
    ask: (signal: AbortSignal = new AbortController().signal) =>
      suggestions.suggest({ uri, position: caret(), until: "firstLine", cause: "typing" }, signal),
    type(text: string): void {
      const range = { start: caret(), end: caret() };
      document = TextDocument.update(document, [{ range, text }], document.version + 1);
      suggestions.forgetOutdated(document);
    },
    close: () => suggestions.forget(),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets everything happen that is due. */
const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

describe("typing while a suggestion is being written", () => {
  test.each(["the request is given up before the key is told", "the key is told before the request is given up"])(
    "goes on with it where it agrees (%s)",
    async (order) => {
      const { model, ask, type } = startEditor();
      model.write = () => "width * height";
      const given = new AbortController();
      const first = ask(given.signal);
      await settle();
      model.allow(4);
      await settle();
      if (order.startsWith("the request")) {
        given.abort();
        await settle(5);
        type("wi");
      } else {
        type("wi");
        given.abort();
      }
      await settle(50);
      expect(await first).toBeUndefined();
      expect(model.running).toBe(1);
      const second = ask();
      model.allow(100);
      await settle(400);
      expect((await second)?.text).toBe("dth * height");
      expect(model.begun.filter((prefix) => prefix === "area = ")).toHaveLength(1);
      expect(model.begun).not.toContain("area = wi");
    },
  );

  test("stops at once where it does not", async () => {
    const { model, ask, type } = startEditor();
    model.write = () => "width * height";
    void ask();
    await settle();
    model.allow(4);
    await settle();
    type("h");
    await settle();
    expect(model.running).toBe(0);
  });

  test("stops when the request is given up and nothing is typed", async () => {
    const { model, ask } = startEditor();
    model.write = () => "width * height";
    const given = new AbortController();
    void ask(given.signal);
    await settle();
    given.abort();
    await settle(20);
    expect(model.running).toBe(0);
  });

  test("never runs two at a time, however quickly one types", async () => {
    const { model, ask, type } = startEditor();
    model.write = (prefix) => `${prefix.length} and more\n`;
    for (const key of "a quick typist never waits") {
      type(key);
      void ask();
      await settle(key === " " ? 30 : 3);
      model.allow(1);
      await settle();
    }
    expect(model.begun.length).toBeGreaterThan(5);
    expect(model.mostRunning).toBe(1);
  });
});

describe("computing ahead", () => {
  async function shown() {
    const editor = startEditor();
    editor.model.write = (prefix) => (prefix.endsWith("= ") ? "width" : prefix.endsWith("\n") ? "print(area)" : "");
    const answer = editor.ask();
    editor.model.allow(5);
    await settle();
    expect((await answer)?.text).toBe("width");
    return editor;
  }

  test("knows the answers for after accepting when the user accepts", async () => {
    const { model, ask, type } = await shown();
    await settle(200);
    expect(model.begun).toEqual(["area = "]);
    model.allow(100);
    await settle(200);
    expect(model.begun).toEqual(["area = ", "area = width", "area = width\n"]);
    type("width");
    expect(await ask()).toBeUndefined();
    type("\n");
    const next = ask();
    await settle();
    expect((await next)?.text).toBe("print(area)");
    expect(model.begun).toHaveLength(3);
  });

  test("is joined by whoever accepts while it is being written", async () => {
    const { model, ask, type } = await shown();
    await settle(400);
    expect(model.running).toBe(1);
    type("width\n");
    await settle();
    expect(model.running).toBe(1);
    const next = ask();
    model.allow(100);
    await settle();
    expect((await next)?.text).toBe("print(area)");
    expect(model.begun.filter((prefix) => prefix === "area = width\n")).toHaveLength(1);
  });

  test("stops when the user types something else, and begins nothing more", async () => {
    const { model, type } = await shown();
    await settle(400);
    expect(model.running).toBe(1);
    type("x");
    await settle();
    expect(model.running).toBe(0);
    model.allow(100);
    await settle(1000);
    expect(model.begun).toEqual(["area = ", "area = width", "area = width\n"]);
  });

  test("does not begin while the user goes on typing what is suggested", async () => {
    const { model, ask, type } = await shown();
    for (const key of "wid") {
      await settle(150);
      type(key);
      void ask();
    }
    await settle(150);
    expect(model.begun).toEqual(["area = "]);
  });
});
