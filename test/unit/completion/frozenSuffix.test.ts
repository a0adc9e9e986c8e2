// The suffix that the model has read stays while only the editor's own brackets and lines come in front of it.
import { describe, expect, it } from "vitest";
import { extendsFrozen, FrozenSuffixes } from "../../../server/src/completion/frozenSuffix.js";

describe("extendsFrozen", () => {
  it.each([
    ["nothing", "\nnext();\n", "\nnext();\n"],
    ["a closing bracket", "\nnext();\n", ")\nnext();\n"],
    ["brackets in quotes in brackets", "\nnext();\n", '"])\nnext();\n'],
    ["a bracket on a line of its own", "\nnext();\n", "\n    }\nnext();\n"],
    ["a bracket at the end of the document", "", "}"],
  ])("allows %s", (_, frozen, suffix) => {
    expect(extendsFrozen(frozen, suffix, false)).toBe(true);
  });

  it.each([
    ["text that was typed", "\nnext();\n", "x)\nnext();\n"],
    ["a bracket that has gone", ")\nnext();\n", "\nnext();\n"],
    ["a line that the caret has passed", "first();\nnext();\n", "next();\n"],
    ["a change further down", "\nnext();\n", "\nlast();\n"],
    ["more text at the end", "\nnext();\n", "\nnext();\n\n"],
    ["a start alone, where nothing was cut off", "\nnext();\n", ")\nnext();"],
  ])("refuses %s", (_, frozen, suffix) => {
    expect(extendsFrozen(frozen, suffix, false)).toBe(false);
  });

  it("knows that a suffix which is cut off loses at its end what it gets at its start", () => {
    const text = "\nnext();\n".repeat(100);
    expect(extendsFrozen(text.slice(0, 500), `)${text.slice(0, 499)}`, true)).toBe(true);
    expect(extendsFrozen(text.slice(0, 500), `)${text.slice(1, 500)}`, true)).toBe(false);
    expect(extendsFrozen(text, ")".repeat(300) + text, false)).toBe(false);
    expect(extendsFrozen("anything", ")".repeat(100), true)).toBe(false);
  });
});

describe("FrozenSuffixes", () => {
  it("keeps the suffix while brackets open and close before it, and takes the new one after another change", () => {
    const suffixes = new FrozenSuffixes();
    const chosen = ["\nnext();", ")\nnext();", '")\nnext();', ")\nnext();", "\nnext();", "\nlast();", "]\nlast();"].map(
      (suffix) => suffixes.choose("file:///a", suffix, false),
    );
    expect(chosen).toEqual([...new Array(5).fill("\nnext();"), "\nlast();", "\nlast();"]);
  });

  it("keeps one for each document, of the last eight", () => {
    const suffixes = new FrozenSuffixes();
    suffixes.choose("file:///a", ";", false);
    suffixes.choose("file:///b", ",", false);
    expect(suffixes.choose("file:///a", ");", false)).toBe(";");
    expect(suffixes.choose("file:///b", "),", false)).toBe(",");
    for (let other = 0; other < 8; other++) suffixes.choose(`file:///${other}`, "", false);
    expect(suffixes.choose("file:///a", ");", false)).toBe(");");
  });
});
