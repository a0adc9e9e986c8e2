// The tokenizer against the library it stands in for, on text that goes wrong easily.
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { beforeAll, describe, expect, it } from "vitest";
import { ModelError } from "../../../server/src/inference/errors.js";
import { trickyTexts } from "../../../server/src/inference/selfTest.js";
import {
  createTokenizer,
  splitSpecialText,
  type Tokenizer,
  toWellFormed,
} from "../../../server/src/inference/tokenizer.js";
import { seededRandom } from "../../support/seededRandom.js";
import { specialTokens, tinyTokenizerJson } from "./tinyTokenizer.js";

const code = [
  "def other(there):\n    return the(there, 'inner')\n\n\n",
  "if (a) {\r\n\treturn  the;\r\n}\r\n",
  "aaaaaaaaaaaaaaaaa aaaa aaaaa the theer there  then   \t\n\n\n    \n",
  "x = 12345.678e-9 + 0xFFFF // über café 世界 🎉\n",
];

/** A tokenizer whose words take line ends to the signs before them. */
function gpt4Like(): ReturnType<typeof tinyTokenizerJson> {
  const json = tinyTokenizerJson();
  const split = json.pre_tokenizer.pretokenizers[0];
  if (split?.pattern === undefined) throw new Error("the first pre-tokenizer splits by a pattern");
  split.pattern.Regex = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
  return json;
}

describe("Tokenizer", () => {
  let tokenizer: Tokenizer;
  let library: LibraryTokenizer;

  beforeAll(async () => {
    tokenizer = await createTokenizer(tinyTokenizerJson(), "tokenizer.json");
    library = new LibraryTokenizer(tinyTokenizerJson(), {});
  });

  it.each([...code, ...trickyTexts.filter((text) => !text.includes("<fim"))])(
    "encodes %j as the library does",
    (text) => {
      const expected = text === "" ? [] : library.encode(text, { add_special_tokens: false }).ids;
      expect(tokenizer.encode(text)).toEqual(expected);
    },
  );

  it("encodes random mixtures as the library does", () => {
    const pieces = [
      "the",
      " ",
      "  ",
      "    ",
      "\n",
      "\r\n",
      "\t",
      "return",
      "er",
      "a",
      "é",
      "世",
      "🎉",
      "1",
      "=",
      "'",
      "_",
      ".",
    ];
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: 1 + random(40) }, () => pieces[random(pieces.length)]).join("");
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(
        library.encode(text, { add_special_tokens: false }).ids,
      );
    }
  });

  it("encodes a text that is edited to the ids of the whole, though it encodes only what has changed", async () => {
    const random = seededRandom(3);
    const below = (limit: number): number => Math.floor(random() * limit);
    const inserted = ["a", "x", " ", "\n", "\r\n", "\r", "\n    ", "\t", "é", "\u0301", "9", ";", "<fim_", "middle>"];
    for (const alike of [tinyTokenizerJson(), gpt4Like()]) {
      const edited = await createTokenizer(alike, "tokenizer.json");
      const oracle = new LibraryTokenizer({ ...alike, added_tokens: [] }, {});
      let text = code.join("");
      for (let step = 0; step < 300; step++) {
        const place = below(text.length + 1);
        const removed = below(3) === 0 ? below(4) : 0;
        text = text.slice(0, place) + inserted[below(inserted.length)] + text.slice(place + removed);
        const whole = splitSpecialText(toWellFormed(text), /<\|endoftext\|>|<fim_(?:prefix|suffix|middle)>|<eom>/g);
        expect(edited.encode(text), JSON.stringify(text)).toEqual(
          whole.flatMap((piece) => (piece === "" ? [] : oracle.encode(piece, { add_special_tokens: false }).ids)),
        );
      }
    }
  });

  it("merges a very long word as the library does", () => {
    const word = "a".repeat(3001);
    expect(tokenizer.encode(word)).toEqual(library.encode(word, { add_special_tokens: false }).ids);
  });

  it.each(trickyTexts)("gives %j back", (text) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("never encodes user text to a special token, and still gives it back", () => {
    const text = `x ${specialTokens.join("")} y${specialTokens.join(" ")}<fim_<fim_middle>middle>`;
    const ids = tokenizer.encode(text);
    expect(ids.filter((id) => tokenizer.specialIds.has(id))).toEqual([]);
    expect(tokenizer.decode(ids)).toBe(text);
    // The library, given the same text, does yield them: this is what must not happen.
    const special = library
      .encode(text, { add_special_tokens: false })
      .ids.filter((id) => tokenizer.specialIds.has(id));
    expect(special).not.toEqual([]);
  });

  it("splits the spelling of a special token in its middle, as the training does", () => {
    expect(splitSpecialText("a<eom>b<eom>", /<eom>/gu)).toEqual(["a<e", "om>b<e", "om>"]);
    expect(splitSpecialText("abc", /<eom>/gu)).toEqual(["abc"]);
    expect(tokenizer.encode("<eom>")).toEqual([...tokenizer.encode("<e"), ...tokenizer.encode("om>")]);
  });

  it("encodes lone surrogates as U+FFFD and leaves pairs alone", () => {
    expect(toWellFormed("a\uD83Db\uDE00\u{1F600}")).toBe("a\uFFFDb\uFFFD\u{1F600}");
    expect(tokenizer.decode(tokenizer.encode("a\uD83D"))).toBe("a\uFFFD");
  });

  it("holds an open UTF-8 character back until its last byte", () => {
    const ids = tokenizer.encode("é🎉");
    const detokenizer = tokenizer.createDetokenizer();
    const texts = ids.map((id) => detokenizer.push(id));
    // é is one token by its merge, the emoji is four single bytes.
    expect(texts).toEqual(["é", "", "", "", "🎉"]);
    expect(detokenizer.end()).toBe("");
  });

  it("shows a character that never ends as U+FFFD, when the next one begins or the stream ends", () => {
    const [first] = tokenizer.encode("世");
    const [letter] = tokenizer.encode("x");
    const detokenizer = tokenizer.createDetokenizer();
    expect(detokenizer.push(first as number)).toBe("");
    expect(detokenizer.push(letter as number)).toBe("\uFFFDx");
    expect(detokenizer.push(first as number)).toBe("");
    expect(detokenizer.end()).toBe("\uFFFD");
  });

  it("decodes special tokens, and ids it does not have, to nothing", () => {
    expect(tokenizer.decode([tokenizer.specialId("<eom>") as number, ...tokenizer.encode("the"), 99999])).toBe("the");
  });

  it("knows its special tokens by name", () => {
    expect(specialTokens.map((token) => tokenizer.specialId(token))).toEqual([0, 1, 2, 3, 4]);
    expect(tokenizer.specialId("the")).toBeUndefined();
  });

  it("encodes a word whole where the model says so", async () => {
    const json = tinyTokenizerJson();
    json.model.vocab.theer = 600;
    const plain = await createTokenizer(json, "tokenizer.json");
    const wholeFirst = await createTokenizer(
      { ...json, model: { ...json.model, ignore_merges: true } },
      "tokenizer.json",
    );
    expect(plain.encode("theer")).not.toEqual([600]);
    expect(wholeFirst.encode("theer")).toEqual([600]);
  });

  it("reads merges written as one string, as older files have them", async () => {
    const json = tinyTokenizerJson();
    const merges = json.model.merges.map((merge) => merge.join(" "));
    const older = await createTokenizer({ ...json, model: { ...json.model, merges } }, "tokenizer.json");
    expect(older.encode("return the")).toEqual(tokenizer.encode("return the"));
  });
});

describe("createTokenizer", () => {
  const broken: [string, (json: ReturnType<typeof tinyTokenizerJson>) => unknown, RegExp][] = [
    [
      "another kind of model",
      (json) => ({ ...json, model: { ...json.model, type: "Unigram" } }),
      /model\.type.*byte-level BPE/s,
    ],
    ["no added tokens", ({ added_tokens: _, ...json }) => json, /added_tokens/],
    ["another pre-tokenizer", (json) => ({ ...json, pre_tokenizer: { type: "Whitespace" } }), /not ByteLevel/],
    ["a pre-tokenizer nobody knows", (json) => ({ ...json, pre_tokenizer: { type: "Future" } }), /Future/],
    [
      "a byte that is missing",
      (json) => {
        const { "!": _, ...vocab } = json.model.vocab;
        return { ...json, model: { ...json.model, vocab, merges: [] } };
      },
      /lacks the byte 33/,
    ],
    [
      "a merge of unknown tokens",
      (json) => ({ ...json, model: { ...json.model, merges: [["q", "q"]] } }),
      /model\.merges\.0/,
    ],
    [
      "a token without an id",
      (json) => ({ ...json, model: { ...json.model, vocab: { ...json.model.vocab, new: "1" } } }),
      /"new" has no id/,
    ],
    ["something else", () => "text", /tokenizer\.json/],
  ];

  it.each(broken)("refuses %s with a message that names it", async (_, change, message) => {
    const created = createTokenizer(change(tinyTokenizerJson()), "tokenizer.json");
    await expect(created).rejects.toThrow(ModelError);
    await expect(created).rejects.toThrow(message);
    await expect(created).rejects.toMatchObject({ kind: "tokenizer" });
  });

  it("stops when its signal aborts", async () => {
    const reason = new Error("enough");
    await expect(createTokenizer(tinyTokenizerJson(), "tokenizer.json", AbortSignal.abort(reason))).rejects.toBe(
      reason,
    );
  });
});
