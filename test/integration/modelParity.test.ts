// The ids that the model was trained on and the ids that it is sent are the same: what models/training/parity.py wrote with
// Python's tokenizer and layout, the server must write as well.
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { PromptParts } from "../../server/src/inference/generation.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { load, root } from "./modelSupport.js";

interface Parity {
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly prompts: readonly (PromptParts & { readonly ids: readonly number[] })[];
}

const parity = JSON.parse(readFileSync(path.join(root, "test", "fixtures", "tokenizerParity.json"), "utf8")) as Parity;

let model: HostedLanguageModel;

beforeAll(async () => {
  model = await load();
});

describe("Python and TypeScript agree", () => {
  it("on the ids of tricky and random texts, and of real code", () => {
    expect(parity.texts.length).toBeGreaterThan(400);
    for (const { text, ids } of parity.texts) {
      expect(model.tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
    }
  });

  it("on whole prompts, with repository, snippet, suffix, path and prefix", () => {
    for (const { ids, ...parts } of parity.prompts) {
      // A budget that holds all of it: what does not fit is cut by rules of the server's own.
      expect(ids.length).toBeLessThan(model.promptTokens);
      expect(model.buildPrompt(parts).tokenIds).toEqual(ids);
    }
  });
});
