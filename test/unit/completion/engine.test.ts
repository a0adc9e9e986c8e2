// The engine with a model that writes what the test says: what is shown, when, and what is asked of the model.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import { type CompletionSettings, defaultCompletionSettings } from "../../../server/src/completion/settings.js";
import { maximumDocumentLength } from "../../../server/src/completion/trigger.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { accept, readGoldenFiles } from "../../golden/goldenCases.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";
import { completeAt, completeDocument, documentOf } from "./engineHarness.js";
import { type Cutting, type Script, ScriptedModel } from "./scriptedModel.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

function createEngine(script: Script | string, settings: CompletionSettings = defaultCompletionSettings) {
  const model = new ScriptedModel(typeof script === "string" ? { text: script } : script);
  // Every look at the clock takes a millisecond, so that each stage has a length.
  let now = 0;
  const engine = new CompletionEngine({ model, settings, languages, clock: { now: () => now++ } });
  return { engine, model };
}

for (const { title, cases } of readGoldenFiles("completion")) {
  describe(`golden cases: ${title}`, () => {
    for (const golden of cases) {
      for (const cutting of ["characters", "words", "lines", "whole"] satisfies Cutting[]) {
        test(`${golden.title} (in ${cutting})`, async () => {
          const { engine, model } = createEngine({ text: golden.written, cutting });
          const marked = accept(golden, "", 0);
          const { shown, updates, completion } = await completeAt(engine, marked, golden.languageId);
          expect(shown).toBe(golden.shown);
          expect(completion?.stopReason).toBe(golden.notes.get("Stops"));
          for (const [index, update] of updates.entries()) {
            expect(update.startsWith(updates[index - 1] ?? "")).toBe(true);
          }
          expect(updates.at(-1)).toBe(completion?.text);
          if (cutting === "characters" || cutting === "words") {
            expect(model.written).not.toContain(golden.notes.get("Left unread") ?? "\0");
          }
          expect(model.ended).toBe(1);
        });
      }
    }
  });
}

describe("updates", () => {
  test("the first line is known as soon as it is whole, the others as they come", async () => {
    const { engine, model } = createEngine(
      "result = 0\n    for item in items:\n        result += item\n    return result",
    );
    const completing = engine.complete(
      { document: documentOf("def total(items):\n    "), offset: 22 },
      new AbortController().signal,
    );
    const first = await completing.next();
    expect(first).toMatchObject({ done: false, value: { completion: { text: "result = 0" } } });
    // Not a token more than the line end and the indentation behind it was asked for.
    expect(model.written).toBe("result = 0\n    ");
    const texts: string[] = [];
    let next = await completing.next();
    for (; next.done !== true; next = await completing.next()) {
      texts.push(next.value.completion.text);
    }
    expect(texts.map((text) => text.split("\n").length)).toEqual([2, 3, 4]);
    expect(next.value.completions[0]?.text).toBe(texts.at(-1));
  });

  test("ending the iteration early stops the model", async () => {
    const { engine, model } = createEngine("a = 1\n    b = 2\n    c = 3");
    const document = documentOf("def f():\n    ");
    for await (const update of engine.complete({ document, offset: 13 }, new AbortController().signal)) {
      expect(update.completion.text).toBe("a = 1");
      break;
    }
    expect(model.ended).toBe(1);
    expect(model.written).not.toContain("c");
  });

  test("a second line like the first is shown only when it has turned out to be no loop", async () => {
    const { engine } = createEngine("step()\n    step()\n    turn()");
    const { updates } = await completeAt(engine, "def f():\n    █");
    expect(updates).toEqual(["step()", "step()\n    step()\n    turn()"]);
  });
});

describe("what has been shown", () => {
  test("is not taken back when it turns out to be a loop of two lines", async () => {
    const { engine } = createEngine("on()\n    off()\n    on()\n    off()\n    on()\n    off()\n    on()");
    const { updates, completion } = await completeAt(engine, "def f():\n    █");
    expect(updates.at(-1)).toBe("on()\n    off()\n    on()\n    off()\n    on()");
    expect(completion).toMatchObject({ text: updates.at(-1), stopReason: "repetition" });
  });

  test("is not what may turn out to be the next comment of the document", async () => {
    const { engine } = createEngine("width = 1;\n  /**\n   * The area.\n   */");
    const marked = "class Box {\n  █\n  /**\n   * The area.\n   */\n  area() {}\n}";
    const { updates, completion } = await completeAt(engine, marked, "typescript");
    expect(updates).toEqual(["width = 1;"]);
    expect(completion).toMatchObject({ text: "width = 1;", stopReason: "suffixLine" });
  });
});

describe("cancellation", () => {
  test("an aborted request returns what was shown and stops the model", async () => {
    const { engine, model } = createEngine("a = 1\n    b = 2\n    c = 3");
    const controller = new AbortController();
    model.abortAfter = { tokens: 6, controller };
    const { completion, updates } = await completeAt(engine, "def f():\n    █", "python", controller.signal);
    expect(updates).toEqual(["a = 1"]);
    expect(completion).toMatchObject({ text: "a = 1", stopReason: "cancelled" });
    expect(model.ended).toBe(1);
  });

  test("a request that is aborted before the first line shows nothing and is asked anew", async () => {
    const { engine, model } = createEngine("a = 1\n    b = 2");
    const controller = new AbortController();
    model.abortAfter = { tokens: 2, controller };
    const cancelled = await completeAt(engine, "def f():\n    █", "python", controller.signal);
    expect(cancelled.completion).toBeUndefined();
    model.abortAfter = undefined;
    const { completion } = await completeAt(engine, "def f():\n    █");
    expect(completion?.text).toBe("a = 1\n    b = 2");
  });

  test("a request that is aborted already asks nothing of the model", async () => {
    const { engine, model } = createEngine("a = 1");
    const { completion } = await completeAt(engine, "x = █", "python", AbortSignal.abort());
    expect(completion).toBeUndefined();
    expect(model.written).toBe("");
  });

  test("what was cut off is gone on with when it is asked for again", async () => {
    const { engine, model } = createEngine("a = 1\n    b = 2\n    c = 3");
    const controller = new AbortController();
    model.abortAfter = { tokens: 6, controller };
    await completeAt(engine, "def f():\n    █", "python", controller.signal);
    model.abortAfter = undefined;
    model.rewrite("\n    b = 2\n    c = 3");
    const { updates, result } = await completeAt(engine, "def f():\n    a █");
    // The rest of the line is there at once, the model goes on behind it.
    expect(updates).toEqual(["= 1", "= 1\n    b = 2", "= 1\n    b = 2\n    c = 3"]);
    expect(model.prompts.at(-1)?.prefix).toBe("def f():\n    a = 1");
    expect(result.source).toBe("model");
  });
});

describe("reuse", () => {
  test("typing what was suggested keeps it and asks nothing of the model", async () => {
    const { engine, model } = createEngine("width * height");
    await completeAt(engine, "area = █");
    const { completion, result } = await completeAt(engine, "area = wid█");
    expect(completion).toMatchObject({ text: "th * height", range: { start: 10, end: 10 }, tokens: 4 });
    expect(result).toMatchObject({ source: "typedThrough", prompt: { tokens: 0 }, timings: { prefill: 0, decode: 0 } });
    expect(model.begun).toBe(1);
  });

  test("going back to the earlier caret gives the earlier answer", async () => {
    const { engine, model } = createEngine("width * height");
    await completeAt(engine, "area = █");
    model.rewrite("x.height");
    expect((await completeAt(engine, "area = x█")).completion?.text).toBe("x.height");
    const back = await completeAt(engine, "area = █");
    expect(back.completion?.text).toBe("width * height");
    expect(back.result.source).toBe("known");
    expect(model.begun).toBe(2);
  });

  test("typing something else asks the model", async () => {
    const { engine, model } = createEngine("width * height");
    await completeAt(engine, "area = █");
    model.rewrite("eight");
    expect((await completeAt(engine, "area = h█")).completion?.text).toBe("eight");
    expect(model.begun).toBe(2);
  });

  test("an answer is stale when the text after the caret has changed", async () => {
    const { engine, model } = createEngine("width * height");
    await completeAt(engine, "area = █\nprint(area)");
    model.rewrite("wide");
    const { completion, result } = await completeAt(engine, "area = █\nprint(width)");
    expect(completion?.text).toBe("wide");
    expect(result.source).toBe("model");
  });

  test("an answer is stale when the text before it has changed", async () => {
    const { engine, model } = createEngine("width * height");
    await completeAt(engine, "width = 1\narea = █");
    model.rewrite("wide");
    expect((await completeAt(engine, "width = 2\narea = █")).completion?.text).toBe("wide");
  });

  test("answers of another document are not given", async () => {
    const { engine, model } = createEngine("width * height");
    await completeAt(engine, "area = █", "python");
    model.rewrite("wide");
    expect((await completeAt(engine, "area = █", "go")).completion?.text).toBe("wide");
  });

  test("a bracket that the editor closes while the suggestion is typed does not end it", async () => {
    const { engine, model } = createEngine("area(width)");
    await completeAt(engine, "total = █\n");
    const { shown, result } = await completeAt(engine, "total = area(█)\n");
    expect(shown).toBe("total = area(width)█\n");
    expect(result.source).toBe("typedThrough");
    expect(model.begun).toBe(1);
  });

  test("what is typed to its end is a new question", async () => {
    const { engine, model } = createEngine("width * height");
    await completeAt(engine, "area = █");
    await completeAt(engine, "area = width * height█");
    expect(model.begun).toBe(2);
  });

  test("that there is nothing to show is known, too", async () => {
    const { engine, model } = createEngine(")");
    expect((await completeAt(engine, "print(x█")).completion).toBeUndefined();
    expect((await completeAt(engine, "print(x█")).completion).toBeUndefined();
    expect(model.begun).toBe(1);
  });

  test("other limits make earlier answers void", async () => {
    const { engine, model } = createEngine("a = 1\n    b = 2");
    await completeAt(engine, "def f():\n    █");
    engine.configure({ ...defaultCompletionSettings, maxLines: 1 });
    expect((await completeAt(engine, "def f():\n    █")).completion?.text).toBe("a = 1");
    expect(model.begun).toBe(2);
  });
});

describe("limits", () => {
  test("a line that reaches its token budget is shown as far as it is written", async () => {
    const { engine } = createEngine("one, two, three, four)", { ...defaultCompletionSettings, singleLineTokens: 5 });
    const { completion } = await completeAt(engine, "call(█)");
    expect(completion).toMatchObject({ text: "one, two, three", stopReason: "budget", tokens: 5 });
  });

  test("of several lines the last half one is dropped at the token budget", async () => {
    const { engine } = createEngine("first = one\n    second = two * three", {
      ...defaultCompletionSettings,
      multiLineTokens: 9,
    });
    const { completion } = await completeAt(engine, "def f():\n    █");
    expect(completion).toMatchObject({ text: "first = one", stopReason: "budget" });
  });

  test("one line at most where the user wants single lines", async () => {
    const { engine, model } = createEngine("first = 1\n    second = 2", { ...defaultCompletionSettings, maxLines: 1 });
    const { completion } = await completeAt(engine, "def f():\n    █");
    expect(completion).toMatchObject({ text: "first = 1", stopReason: "lineEnd" });
    expect(model.written).not.toContain("second");
  });
});

describe("horizon", () => {
  const countdown = (rest: string) => ({ remainingTokens: rest.length, fraction: rest.length / 100 });

  test("the text ends at the line at whose end the model says that it is finished", async () => {
    const { engine, model } = createEngine({
      text: "a = 1\n    b = 2\n    c = 3",
      horizon: (rest) => countdown(rest.includes("c") ? rest : ""),
    });
    const done = await completeAt(engine, "def f():\n    █");
    expect(done.completion).toMatchObject({ text: "a = 1\n    b = 2\n    c = 3", stopReason: "endOfMiddle" });
    model.rewrite("a = 1\n    b = 2\n    c = 3");
    const { engine: other } = createEngine({
      text: "a = 1\n    b = 2\n    c = 3",
      horizon: (rest) => (rest.startsWith("c") ? { remainingTokens: 0.2, fraction: 0.3 } : countdown(rest)),
    });
    const { completion } = await completeAt(other, "def f():\n    █");
    expect(completion).toMatchObject({ text: "a = 1\n    b = 2", stopReason: "horizon" });
    expect(completion?.horizon?.remainingTokens).toBeGreaterThan(1);
  });

  test("within a line the horizon ends nothing", async () => {
    const { engine } = createEngine({ text: "width * height", horizon: () => ({ remainingTokens: 0, fraction: 0 }) });
    const { completion } = await completeAt(engine, "area = █");
    expect(completion).toMatchObject({ text: "width * height", stopReason: "endOfMiddle", horizon: { fraction: 0 } });
  });

  test("nothing ends while a bracket is open", async () => {
    const { engine } = createEngine({
      text: "area(\n        1,\n    )",
      horizon: () => ({ remainingTokens: 0, fraction: 0 }),
    });
    const { completion } = await completeAt(engine, "def f():\n    █");
    expect(completion?.text).toBe("area(\n        1,\n    )");
  });

  test("a model without horizon is asked to the end", async () => {
    const { engine } = createEngine("a = 1\n    b = 2");
    const { completion } = await completeAt(engine, "def f():\n    █");
    expect(completion).toMatchObject({ text: "a = 1\n    b = 2", horizon: null });
  });
});

describe("bad input", () => {
  test.each([-1, 4, 1.5, Number.NaN])("a caret at %d of three characters is outside", async (offset) => {
    const { engine, model } = createEngine("x");
    const { result } = await completeDocument(engine, documentOf("abc"), offset);
    expect(result).toMatchObject({ completions: [], noAnswer: { reason: "outsideDocument" } });
    expect(model.prompts).toEqual([]);
  });

  test("a document with NUL characters is binary", async () => {
    const { engine } = createEngine("xyz");
    const { result } = await completeDocument(engine, documentOf("\x7fELF\0\0\0"), 4);
    expect(result.noAnswer?.reason).toBe("binary");
  });

  test("a document in another encoding is not text", async () => {
    const { engine } = createEngine("xyz");
    const { result } = await completeDocument(engine, documentOf("a\uFFFD\uFFFD".repeat(40)), 4);
    expect(result.noAnswer?.reason).toBe("binary");
  });

  test("a document over the limit is not answered, one at the limit is", async () => {
    const { engine } = createEngine("xyz");
    const long = "x = 1\n".repeat(Math.ceil(maximumDocumentLength / 6));
    const over = await completeDocument(engine, documentOf(`${long}${long.slice(0, 6)}`), 4);
    expect(over.result.noAnswer?.reason).toBe("tooLarge");
    expect(over.result.noAnswer?.message).toContain("10 million");
    const exact = long.slice(0, maximumDocumentLength);
    const { result, completion } = await completeDocument(engine, documentOf(exact), exact.length);
    expect(result.noAnswer).toBeUndefined();
    expect(completion?.text).toBe("xyz");
  });

  test("a model is given no more of a long document than it could read", async () => {
    const { engine, model } = createEngine({ text: "xyz", promptTokens: 100 });
    const line = "value = compute(1, 2, 3)\n";
    const text = line.repeat(1000);
    await completeDocument(engine, documentOf(text), 20_000);
    expect(model.prompts[0]?.prefix.length).toBeLessThanOrEqual(3200);
    expect(model.prompts[0]?.prefix.startsWith("value")).toBe(true);
    expect(model.prompts[0]?.suffix.length).toBe(1600);
  });

  test("lone surrogates are characters like others; the middle of a pair is no place", async () => {
    const { engine } = createEngine("done");
    const lone = await completeDocument(engine, documentOf("x = '\ud800' "), 8);
    expect(lone.completion?.text).toBe("done");
    const inside = await completeDocument(engine, documentOf("x = '😀'"), 6);
    expect(inside.result.noAnswer?.reason).toBe("insideCharacter");
  });

  test("CRLF: the model sees LF, the document gets CRLF", async () => {
    const { engine, model } = createEngine("a = 1\n    b = 2");
    const { completion, shown } = await completeAt(engine, "def f():\r\n    █\r\n\r\nf()\r\n");
    expect(model.prompts[0]).toMatchObject({ prefix: "def f():\n    ", suffix: "\n\nf()\n" });
    expect(completion?.text).toBe("a = 1\r\n    b = 2");
    expect(shown).toBe("def f():\r\n    a = 1\r\n    b = 2█\r\n\r\nf()\r\n");
  });

  test("CRLF: an answer is known while it is typed over several lines", async () => {
    const { engine, model } = createEngine("a = 1\n    b = 2");
    await completeAt(engine, "def f():\r\n    █\r\n");
    const { completion } = await completeAt(engine, "def f():\r\n    a = 1\r\n    b█\r\n");
    expect(completion?.text).toBe(" = 2");
    expect(model.begun).toBe(1);
  });

  test("between CR and LF is the end of the line", async () => {
    const { engine } = createEngine("width * height");
    const { completion } = await completeDocument(engine, documentOf("area = \r\nprint(area)"), 8);
    expect(completion).toMatchObject({ text: "width * height", range: { start: 7, end: 7 } });
  });

  test("an empty document", async () => {
    const { engine } = createEngine("import os");
    const { completion } = await completeAt(engine, "█");
    expect(completion?.text).toBe("import os");
  });

  test("a language that nobody has described", async () => {
    const { engine } = createEngine("width: 1\n  height: 2\nother:");
    const { shown } = await completeAt(engine, "box:\n  █\n", "yaml");
    expect(shown).toBe("box:\n  width: 1\n  height: 2█\n");
  });

  test("an error of the model reaches the caller", async () => {
    const { engine, model } = createEngine("x");
    model.buildPrompt = () => {
      throw new Error("the model is gone");
    };
    await expect(completeAt(engine, "area = █")).rejects.toThrow("the model is gone");
  });
});

describe("what a completion says about itself", () => {
  test("tokens, log-probability and horizon of what is shown, not of what was cut off", async () => {
    const { engine } = createEngine({
      text: "a = 1\n    b = 2\n\ndef g():",
      horizon: (rest) => ({ remainingTokens: rest.length, fraction: 0.5 }),
    });
    const { completion } = await completeAt(engine, "def f():\n    █");
    expect(completion?.text).toBe("a = 1\n    b = 2");
    // a, " ", "=", " 1", line end with indentation, and the same again.
    expect(completion?.tokens).toBe(9);
    expect(completion?.logProbability).toBe(-0.25 * 9);
    expect(completion?.horizon?.remainingTokens).toBe("\n\ndef g():".length);
  });

  test("timings are of the injected clock and add up", async () => {
    const { engine } = createEngine("a = 1\n    b = 2");
    const { result } = await completeAt(engine, "def f():\n    █");
    const { prompt, prefill, decode, firstLine, total } = result.timings;
    for (const time of [prompt, prefill, decode, firstLine]) {
      expect(time).toBeGreaterThan(0);
    }
    expect(prompt + prefill + decode).toBeLessThan(total);
    expect(firstLine).toBeLessThan(total);
    expect(result.model).toEqual({ id: "scripted", sha256: "0".repeat(64) });
    expect(result.prompt.tokens).toBe("def f():\n    ".length);
  });
});
