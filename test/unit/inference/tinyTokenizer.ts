// A byte-level tokenizer.json small enough to read in a test, in the form that models/training writes.
import { byteCharacters } from "../../../server/src/inference/bytePairEncoding.js";

export const specialTokens = ["<|endoftext|>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<eom>"] as const;

/** Merges in their order; the character Ġ is how such vocabularies write a space, Ċ a line break. */
const merges: readonly (readonly [string, string])[] = [
  ["e", "r"],
  ["Ġ", "t"],
  ["h", "e"],
  ["Ġt", "he"],
  ["i", "n"],
  ["o", "n"],
  ["r", "e"],
  ["Ġ", "Ġ"],
  ["ĠĠ", "ĠĠ"],
  ["Ċ", "ĠĠĠĠ"],
  ["r", "et"],
  ["u", "r"],
  ["re", "t"],
  ["ret", "ur"],
  ["retur", "n"],
  ["a", "a"],
  ["aa", "aa"],
  ["Ã", "©"],
];

/** The same pieces as models/training/train_tokenizer.py. */
const pieces = String.raw`(?:\r?\n)+[ \t]*|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** The content of tokenizer.json. */
export function tinyTokenizerJson() {
  const tokens = [
    ...specialTokens,
    ...byteCharacters,
    ...new Set([...merges.flat(), ...merges.map(([left, right]) => left + right)]),
  ];
  const vocab: Record<string, number> = {};
  for (const token of new Set(tokens)) vocab[token] = Object.keys(vocab).length;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: pieces }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: merges.map(([left, right]) => [left, right]),
    },
  };
}
