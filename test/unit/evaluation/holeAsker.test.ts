// What the engine suggests for a hole, with and without what is done to the model's text, and without single features.
import { describe, expect, it } from "vitest";
import { engineFeatures } from "../../../server/src/completion/features.js";
import { createHoleAsker } from "../../../server/src/evaluation/holeAsker.js";
import { DEFAULT_SETTINGS } from "../../../server/src/settings.js";
import { Languages } from "../../../server/src/syntax/languages.js";
import { type Script, ScriptedModel } from "../completion/scriptedModel.js";
import { holeOf } from "./evaluationFixtures.js";

const never = new AbortController().signal;
const languages = new Languages([]);

async function ask(script: Script, hole = holeOf(), ...disabled: string[]) {
  const model = new ScriptedModel(script);
  const asker = createHoleAsker({ model, settings: DEFAULT_SETTINGS, languages, disabled: new Set(disabled) });
  return { answer: await asker(hole, never), model };
}

describe("a hole", () => {
  it("is answered with the text as shown and as written, to the model's own end", async () => {
    const { answer } = await ask({ text: "1 + 2  \nprint(total)\nmore()\nand_more()" });
    expect(answer.suggestion).toMatchObject({
      text: "1 + 2",
      raw: "1 + 2  \nprint(total)\nmore()\nand_more()",
      replaces: 0,
      meanLogProbability: -0.25,
      reusedTokens: 0,
    });
    expect(answer.suggestion.tokens).toBeGreaterThan(10);
    expect(answer.promptSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.source).toBe("model");
  });

  it("with what the text replaces", async () => {
    const { answer } = await ask({ text: "1, 2)" }, holeOf({ prefix: "f(", middle: "1, 2", suffix: ")\n" }));
    expect(answer.suggestion).toMatchObject({ text: "1, 2)", replaces: 1 });
    const without = await ask(
      { text: "1, 2)" },
      holeOf({ prefix: "f(", middle: "1, 2", suffix: ")\n" }),
      "coverClosers",
    );
    expect(without.answer.suggestion.replaces).toBe(0);
  });

  it("is not remembered", async () => {
    const model = new ScriptedModel({ text: "1 + 2" });
    const asker = createHoleAsker({ model, settings: DEFAULT_SETTINGS, languages });
    await asker(holeOf(), never);
    await asker(holeOf(), never);
    expect(model.begun).toBe(2);
  });

  it("can be given up", async () => {
    const controller = new AbortController();
    controller.abort();
    const asker = createHoleAsker({ model: new ScriptedModel({ text: "1" }), settings: DEFAULT_SETTINGS, languages });
    await expect(asker(holeOf(), controller.signal)).rejects.toMatchObject({ name: "AbortError" });
  });

  it("in an impossible document has an empty answer", async () => {
    const { answer } = await ask({ text: "1" }, holeOf({ prefix: "\0" }));
    expect(answer.suggestion).toMatchObject({ text: "", raw: "", tokens: 0 });
    expect(answer.promptSha256).toBe("");
  });
});

describe("without a feature", () => {
  it("its name is known", () => {
    const names = engineFeatures.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["trigger", "reuse", "horizon", "blockEnd", "singleLine", "worthShowing"]),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("trailingWhitespace: white space stays", async () => {
    const script: Script = { text: "1 + 2  " };
    expect((await ask(script)).answer.suggestion.text).toBe("1 + 2");
    expect((await ask(script, holeOf(), "trailingWhitespace")).answer.suggestion.text).toBe("1 + 2  ");
  });

  it("trigger: there may be several lines within a line", async () => {
    const hole = holeOf({ prefix: "f(", suffix: " # comment\n" });
    const script: Script = { text: "1,\n  2\n)" };
    expect((await ask(script, hole)).answer.suggestion.text).not.toContain("\n");
    const without = await ask(script, hole, "trigger", "singleLine", "blockEnd", "suffixLine");
    expect(without.answer.suggestion.text).toContain("\n");
  });

  it("horizon: the model's plan does not end the text", async () => {
    const hole = holeOf({ prefix: "def f():\n    ", middle: "a()", suffix: "" });
    const script: Script = {
      text: "a()\n    b()\n    c()\n",
      horizon: (rest) => ({
        fraction: 0.5,
        remainingTokens: rest.startsWith("b()") || rest.startsWith("\n    b()") ? 0 : 9,
      }),
    };
    expect((await ask(script, hole)).answer.suggestion.text).toBe("a()");
    expect((await ask(script, hole, "horizon")).answer.suggestion.text).toBe("a()\n    b()\n    c()");
  });
});
