// Terms are the words that somebody would search for, in every script, and their keys agree however they are made.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { keyOfRange, keyOfTerm } from "../../../../server/src/context/search/termKey.js";
import {
  longestTerm,
  normalizeTerm,
  queryTermsOf,
  termsOf,
  visitTerms,
} from "../../../../server/src/context/search/terms.js";
import { seededRandom } from "../../../support/seededRandom.js";

const listOf = (text: string): string[] =>
  [...termsOf(text)].flatMap(([term, times]) => new Array<string>(times).fill(term)).toSorted();

describe("terms", () => {
  for (const [text, expected] of [
    ["getUserName", ["get", "getusername", "name", "user"]],
    ["get_user_name", ["get", "getusername", "name", "user"]],
    ["HTTPServer", ["http", "httpserver", "server"]],
    ["parseHTTP", ["http", "parse", "parsehttp"]],
    ["utf8Decoder", ["decoder", "utf", "utf8decoder"]],
    ["sha256", ["256", "sha", "sha256"]],
    ["__init__", ["init"]],
    ["MAX_VALUE", ["max", "maxvalue", "value"]],
    ["_private", ["private"]],
    ["x + y * 2", []],
    ["", []],
    ["___ ... $$", []],
    ["a.b.length;", ["length"]],
    ["$element->getId()", ["element", "get", "getid", "id"]],
    ["größeÄndern", ["größe", "größeändern", "ändern"]],
    ["число + Имя", ["имя", "число"]],
    ["変数 = 値段", ["値段", "変数"]],
    ["« Straße » — “naïve”…", ["naïve", "straße"]],
    ["cafe\u0301 café", ["café", "café"]],
    ["🎉party🎉", ["🎉party🎉"]],
  ] as const) {
    test(`of ${JSON.stringify(text)}`, () => {
      expect(listOf(text)).toEqual([...expected].toSorted());
    });
  }

  test("leave out what is too long to be a word", () => {
    expect(listOf(`${"a".repeat(longestTerm)} ${"b".repeat(longestTerm + 1)}`)).toEqual(["a".repeat(longestTerm)]);
    expect(listOf(`${"x1".repeat(2_000_000)}`)).toEqual([]);
    expect(listOf(`token${"A".repeat(100)}`)).toEqual(["token"]);
  });

  test("of a part of a text are those of the part alone", () => {
    const text = "const userName = readUserName(42);";
    for (let start = 0; start <= text.length; start++) {
      for (let end = start; end <= text.length; end++) {
        expect(termsOf(text, start, end)).toEqual(termsOf(text.slice(start, end)));
      }
    }
  });

  test("are found alike by a pattern, in texts of any characters", () => {
    const alphabet = [..."aZz09_ .éÄßЖж値ǅ\u0301\u{10400}\u{1f600}\n"];
    const random = seededRandom(5);
    for (let round = 0; round < 3000; round++) {
      let text = "";
      for (let length = Math.floor(random() * 20); length > 0; length--) {
        text += alphabet[Math.floor(random() * alphabet.length)];
      }
      expect(listOf(text), JSON.stringify(text)).toEqual(termsByPattern(text));
    }
  });
});

/** The same by regular expressions, on units as halves of pairs count as small letters. */
function termsByPattern(text: string): string[] {
  const small = "(?:(?!\\p{Lu})[\\p{L}\\p{M}]|[\\ud800-\\udfff])";
  // A surrogate pair is one character to a pattern with the flag u: pairs are stood in for by a small letter twice.
  const units = text.replace(/[\u{10000}-\u{10ffff}]/gu, "ªª");
  const terms: string[] = [];
  for (const run of units.matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) {
    const parts = [...run[0].matchAll(new RegExp(`\\p{Lu}+(?!${small})|\\p{Lu}?${small}+|\\p{Lu}+|\\p{N}+`, "gu"))];
    const whole = { 0: run[0], index: 0 };
    for (const { 0: part, index } of parts.length > 1 ? [...parts, whole] : parts) {
      if (part.length < 2 || part.length > longestTerm) continue;
      const start = run.index + index;
      terms.push(normalizeTerm(text.slice(start, start + part.length)));
    }
  }
  return terms.toSorted();
}

describe("a query", () => {
  test("has every term once, however often it occurs", () => {
    expect(queryTermsOf("user.name = user.fullName")).toEqual(
      new Map(["user", "name", "full", "fullname"].map((term) => [term, 1])),
    );
    expect(queryTermsOf("first second third", 6, 12)).toEqual(new Map([["second", 1]]));
  });
});

describe("keys", () => {
  test("of a range are those of the term as it is searched for", () => {
    const folder = path.resolve(import.meta.dirname, "../../../../server/src/context");
    const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(path.join(folder, name), "utf8"));
    for (const text of [...texts, "größeÄndern CAFE\u0301 İstanbul ΣΑΣ 🎉"]) {
      const keys: number[] = [];
      visitTerms(text, 0, text.length, (start, end) => keys.push(keyOfRange(text, start, end)));
      expect(new Set(keys)).toEqual(new Set([...termsOf(text).keys()].map(keyOfTerm)));
    }
  });

  test("are whole numbers below 2 ** 53, and differ", () => {
    const keys = Array.from({ length: 50_000 }, (_, number) => keyOfTerm(`term${number.toString(36)}`));
    expect(keys.every((key) => Number.isSafeInteger(key) && key >= 0)).toBe(true);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
