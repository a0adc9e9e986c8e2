// Prompts: the layout, what is kept of a text that is too long, and that the cut stays where it is while the user
// types.
import { beforeAll, describe, expect, it } from "vitest";
import type { PromptParts } from "../../../server/src/inference/generation.js";
import type { Manifest } from "../../../server/src/inference/manifest.js";
import { buildPrompt, type CompiledTemplate, compileTemplate } from "../../../server/src/inference/prompt.js";
import { parseTemplate, TemplateError } from "../../../server/src/inference/promptTemplate.js";
import { createTokenizer, type Tokenizer } from "../../../server/src/inference/tokenizer.js";
import { validManifest } from "./manifestFixture.js";
import { tinyTokenizerJson } from "./tinyTokenizer.js";

const specials = validManifest().specialTokens;
const specialIds = new Map(Object.values(specials).map((token, index) => [token, 1000 + index]));

/** One token per UTF-16 unit: budgets in tokens are then lengths in characters. */
const characters = (text: string): number[] => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

const characterTokenizer = { encode: characters, specialId: (token: string) => specialIds.get(token) };

/** A prompt of the character encoding, as text. */
function show(tokenIds: readonly number[]): string {
  const names = new Map([...specialIds].map(([token, id]) => [id, token]));
  return tokenIds.map((id) => names.get(id) ?? String.fromCharCode(id)).join("");
}

function compiled(
  promptTemplate: Omit<Manifest["promptTemplate"], "tokensAfterMiddle">,
  tokensAfterMiddle = 0,
): CompiledTemplate {
  return compileTemplate(
    { promptTemplate: { ...promptTemplate, tokensAfterMiddle }, specialTokens: specials },
    characterTokenizer,
  );
}

const template = compiled(validManifest().promptTemplate as Manifest["promptTemplate"]);
const parts: PromptParts = { repository: "geo", path: "a.py", prefix: "x = ", suffix: "\ny = 2\n", snippets: [] };
const limits = { budget: 400, suffixShare: 0.25 };
const build = (changes: Partial<PromptParts>, budget = limits.budget) =>
  buildPrompt(template, characters, { ...parts, ...changes }, { ...limits, budget });

describe("parseTemplate", () => {
  it("tells text, placeholders and special tokens apart", () => {
    expect(parseTemplate("prefix", "<fim_prefix>{path}\n{prefix}", Object.values(specials))).toEqual([
      { kind: "special", token: "<fim_prefix>" },
      { kind: "placeholder", name: "path" },
      { kind: "literal", text: "\n" },
      { kind: "placeholder", name: "prefix" },
    ]);
  });

  it("finds the longer of two tokens that begin alike, and takes signs of patterns literally", () => {
    expect(parseTemplate("suffix", "<|a|>.<|a|>+{suffix}", ["<|a|>", "<|a|>+", "."])).toEqual([
      { kind: "special", token: "<|a|>" },
      { kind: "special", token: "." },
      { kind: "special", token: "<|a|>+" },
      { kind: "placeholder", name: "suffix" },
    ]);
  });

  it("reads the templates of other models", () => {
    const tokens = ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"];
    expect(parseTemplate("prefix", "<｜fim▁begin｜>{prefix}", tokens)).toHaveLength(2);
    expect(() => parseTemplate("prefix", "<｜fim▁start｜>{prefix}", tokens)).toThrow(TemplateError);
  });
});

describe("buildPrompt", () => {
  it("lays out suffix, prefix and middle, and leaves the caret at the end", () => {
    const prompt = build({});
    expect(show(prompt.tokenIds)).toBe("<repo_name>geo\n<fim_suffix>\ny = 2\n<fim_prefix>a.py\nx = <fim_middle>");
    expect(prompt).toMatchObject({ prefixLength: 4, suffixLength: 7, snippets: [] });
  });

  it("follows another model's order", () => {
    const psm = compiled({
      order: ["prefix", "suffix", "middle"],
      prefix: "<fim_prefix>{prefix}",
      suffix: "<fim_suffix>{suffix}",
      middle: "<fim_middle>",
    });
    const prompt = buildPrompt(psm, characters, { ...parts, snippets: [{ path: "b", text: "c" }] }, limits);
    expect(show(prompt.tokenIds)).toBe("<fim_prefix>x = <fim_suffix>\ny = 2\n<fim_middle>");
    expect(prompt.snippets).toEqual([]);
  });

  it("puts the middle part before the last tokens of the prefix, where the template says so", () => {
    const close = compiled(validManifest().promptTemplate as Manifest["promptTemplate"], 3);
    const shown = (prefix: string): string =>
      show(buildPrompt(close, characters, { ...parts, prefix, path: "p" }, limits).tokenIds);
    expect(shown("x = ")).toMatch(/<fim_prefix>p\nx<fim_middle> = $/);
    expect(shown("")).toMatch(/<fim_prefix><fim_middle>p\n$/);
    const bare = compiled(
      {
        order: ["suffix", "prefix", "middle"],
        suffix: "<fim_suffix>{suffix}",
        prefix: "<fim_prefix>{prefix}",
        middle: "<fim_middle>",
      },
      3,
    );
    const prompt = buildPrompt(bare, characters, { ...parts, prefix: "" }, limits);
    expect(show(prompt.tokenIds)).toBe("<fim_suffix>\ny = 2\n<fim_prefix><fim_middle>");
  });

  it("puts snippets in, in their order, as far as they fit", () => {
    const small = { path: "b.py", text: "B" };
    const large = { path: "c.py", text: "C".repeat(1000) };
    const last = { path: "d.py", text: "D" };
    const prompt = build({ snippets: [small, large, last] });
    expect(prompt.snippets).toEqual([small, last]);
    expect(show(prompt.tokenIds)).toContain("geo\n<file_sep>b.py\nB<file_sep>d.py\nD<fim_suffix>");
  });

  it("gives snippets up to half of the budget, at the cost of a long prefix, and keeps the ones nearest the caret", () => {
    const snippets = ["a", "b", "c", "d"].map((name) => ({ path: `${name}.py`, text: name.repeat(60) }));
    const prefix = "0123456789\n".repeat(29);
    const prompt = build({ prefix, snippets });
    // Each takes 66 of the 366 that the names leave: two are less than half, three are more.
    expect(prompt.snippets).toEqual(snippets.slice(2));
    expect(prompt.prefixLength).toBeGreaterThan(100);
    expect(prompt.prefixLength).toBeLessThan(build({ prefix }).prefixLength);
    expect(prompt.tokenIds.length).toBeLessThanOrEqual(limits.budget);
    // What prefix and suffix leave is theirs as well.
    expect(build({ prefix: "x", snippets }).snippets).toEqual(snippets);
    // A prefix that is cut moves with the snippets alone, not with each of its own characters.
    const cut = prefix.length - prompt.prefixLength;
    const grown = build({ prefix: `${prefix}x`, snippets });
    expect(prefix.length + 1 - grown.prefixLength).toBe(cut);
  });

  it("keeps the start of a long suffix, up to a line end, within its share", () => {
    const suffix = `\n${"line of text\n".repeat(100)}`;
    const prompt = build({ suffix });
    const kept = suffix.slice(0, prompt.suffixLength);
    expect(kept.endsWith("\n")).toBe(true);
    expect(prompt.suffixLength).toBeLessThanOrEqual(100);
    expect(prompt.suffixLength).toBeGreaterThan(100 - 13 - 8);
    expect(show(prompt.tokenIds)).toContain(`<fim_suffix>${kept}<fim_prefix>`);
  });

  it("gives to the prefix what the suffix does not need", () => {
    const prefix = "0123456789\n".repeat(30);
    expect(build({ prefix, suffix: "" }).prefixLength).toBe(prefix.length);
    expect(build({ prefix, suffix: "a\n".repeat(100) }).prefixLength).toBeLessThan(prefix.length);
  });

  it("keeps part of a suffix that is one long line", () => {
    const prompt = build({ suffix: "x".repeat(5000) });
    expect(prompt.suffixLength).toBeGreaterThan(80);
    expect(prompt.suffixLength).toBeLessThanOrEqual(100);
  });

  it("keeps the end of a long prefix, from a line start", () => {
    const prefix = `${Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join("")}    return `;
    const prompt = build({ prefix });
    const kept = prefix.slice(-prompt.prefixLength);
    expect(kept).toMatch(/^line \d+\n/);
    expect(prefix.charAt(prefix.length - prompt.prefixLength - 1)).toBe("\n");
    expect(kept.endsWith("    return ")).toBe(true);
    expect(prompt.tokenIds.length).toBeLessThanOrEqual(limits.budget);
  });

  it("keeps whole a prefix that just fits, and cuts one that is a character longer", () => {
    const room = limits.budget - build({ prefix: "" }).tokenIds.length;
    const fits = `${"a\n".repeat(Math.floor(room / 2))}${room % 2 === 0 ? "" : "b"}`;
    expect(build({ prefix: fits })).toMatchObject({ prefixLength: room });
    expect(build({ prefix: fits }).tokenIds).toHaveLength(limits.budget);
    const cut = build({ prefix: `${fits}c` });
    expect(cut.prefixLength).toBeLessThan(room);
    expect(cut.tokenIds.length).toBeLessThanOrEqual(limits.budget);
  });

  it("keeps at least half of the budget of prefix where there is that much", () => {
    for (const line of ["0123456789\n", "a\n", `${"word ".repeat(14)}\n`]) {
      for (let length = 1000; length < 1400; length++) {
        const prompt = build({ prefix: line.repeat(800).slice(0, length), suffix: "" });
        expect(prompt.prefixLength).toBeGreaterThanOrEqual((limits.budget - 30) / 2);
      }
    }
  });

  it("cuts inside a line that is longer than the budget", () => {
    const prompt = build({ prefix: "x".repeat(100_000) });
    expect(prompt.prefixLength).toBeGreaterThan(50);
    expect(prompt.tokenIds.length).toBeLessThanOrEqual(limits.budget);
  });

  it("does not cut through a surrogate pair", () => {
    for (const shift of ["", "x"]) {
      const prompt = build({ prefix: shift + "🎉".repeat(1000), suffix: shift + "🎉".repeat(1000) });
      const prefixStart = prompt.tokenIds[prompt.tokenIds.length - 1 - prompt.prefixLength] as number;
      expect(prefixStart).toBe(0xd83c);
      expect(prompt.tokenIds[prompt.tokenIds.indexOf(specialIds.get("<fim_prefix>") as number) - 1]).toBe(0xdf89);
    }
  });

  it("fits into every budget, down to nothing but the layout", () => {
    const long = "some text that is long\n".repeat(300);
    const name = "directory/".repeat(100);
    for (const budget of [30, 40, 60, 100, 333, 1000]) {
      const all = { repository: name, path: name, prefix: long, suffix: long, snippets: [{ path: name, text: long }] };
      expect(build(all, budget).tokenIds.length).toBeLessThanOrEqual(budget);
    }
  });

  it("takes CRLF and tabs as they are", () => {
    const prefix = "\tif a:\r\n\t\treturn\r\n".repeat(100);
    const prompt = build({ prefix });
    expect(prefix.slice(-prompt.prefixLength)).toMatch(/^\t+(if|return)/);
  });

  it("looks at the end of a huge prefix only", () => {
    const prefix = "x = 1\n".repeat(2_000_000);
    const start = performance.now();
    expect(build({ prefix }).tokenIds.length).toBeLessThanOrEqual(limits.budget);
    // Encoding 12 MB takes seconds; a few windows of the budget's size take almost nothing.
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("the cut of the prefix while the user types", () => {
  let tokenizer: Tokenizer;
  let real: CompiledTemplate;

  beforeAll(async () => {
    tokenizer = await createTokenizer(tinyTokenizerJson(), "tokenizer.json");
    const promptTemplate = { ...(validManifest().promptTemplate as Manifest["promptTemplate"]), tokensAfterMiddle: 0 };
    const { specialId } = characterTokenizer;
    real = compileTemplate(
      { promptTemplate, specialTokens: specials },
      { encode: (text) => tokenizer.encode(text), specialId },
    );
  });

  it("moves seldom, and by whole steps of lines", () => {
    const budget = 300;
    const typed = Array.from({ length: 60 }, (_, i) => `    value_${i} = return_the(${i})\n`).join("");
    const before = "# the header of the file\n".repeat(30);
    const starts: number[] = [];
    for (let length = 0; length <= typed.length; length++) {
      const prefix = before + typed.slice(0, length);
      const prompt = buildPrompt(
        real,
        (text) => tokenizer.encode(text),
        { ...parts, prefix },
        { budget, suffixShare: 0.2 },
      );
      starts.push(prefix.length - prompt.prefixLength);
      expect(prompt.tokenIds.length).toBeLessThanOrEqual(budget);
      expect(prefix.charAt(prefix.length - prompt.prefixLength - 1)).toBe("\n");
    }
    const moves = starts.filter((start, index) => index > 0 && start !== starts[index - 1]);
    expect(starts.toSorted((a, b) => a - b)).toEqual(starts);
    // 1,800 characters typed in a budget that holds about 300: each move must last for a good part of the budget.
    expect(typed.length / moves.length).toBeGreaterThan(100);
    expect(moves.length).toBeGreaterThan(2);
  });
});
