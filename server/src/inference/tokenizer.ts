// A model's tokenizer: tokenizer.json read by @huggingface/tokenizers, with an encoder of our own that is fast enough
// for every key stroke.
import { readFile } from "node:fs/promises";
import {
  ByteLevelPreTokenizer,
  Tokenizer as LibraryTokenizer,
  type PreTokenizer,
  SequencePreTokenizer,
} from "@huggingface/tokenizers";
import { z } from "zod";
import { errorMessage } from "../errorMessage.js";
import { BytePairEncoder, byteCharacters, bytesOfToken } from "./bytePairEncoding.js";
import { Detokenizer } from "./detokenizer.js";
import { ModelError } from "./errors.js";
import { cutBeforeLineEnds, endsWordsAtLineEnds } from "./lineSegments.js";

/** Merges, or bytes of tokens, that are put into tables before the event loop gets its turn: about 1 ms. */
const buildStep = 2000;

/** Words whose ids are remembered, about 2 MB; a source file has a few thousand different ones. */
const cachedWords = 20_000;

/** Longer words are rare and seldom come back. */
const longestCachedWord = 128;

/** Lines whose ids are remembered, about 4 MB: those of the files at hand many times over. */
const cachedLines = 10_000;

/** Longer lines are those of data and bundles. */
const longestCachedLine = 512;

const noBytes = new Uint8Array();

/** What this file itself needs of tokenizer.json; the library reads the rest. */
const schema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int().min(0), content: z.string().min(1) })),
  model: z.looseObject({
    type: z.literal("BPE"),
    // Their thousands of entries are checked one by one as they are put into tables, between turns of the event loop.
    vocab: z.custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === "object" && value !== null,
      "is not an object",
    ),
    merges: z.custom<readonly unknown[]>((value) => Array.isArray(value), "is not a list"),
    dropout: z.null().optional(),
    ignore_merges: z.boolean().optional(),
    byte_fallback: z.literal(false).optional(),
    continuing_subword_prefix: z.union([z.literal(""), z.null()]).optional(),
    end_of_word_suffix: z.union([z.literal(""), z.null()]).optional(),
  }),
});

/**
 * Lone surrogates become U+FFFD: they have no UTF-8 form (String.prototype.toWellFormed, which ES2023's types lack).
 */
export function toWellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

/** Splits a text wherever it spells a special token, in that token's middle, so that no piece spells one. */
export function splitSpecialText(text: string, specialPattern: RegExp): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (const match of text.matchAll(specialPattern)) {
    const middle = match.index + Math.floor(match[0].length / 2);
    pieces.push(text.slice(start, middle));
    start = middle;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** Reads a tokenizer from a file. Building it never holds the event loop for more than a few milliseconds at a time. */
export async function readTokenizer(file: string, signal?: AbortSignal): Promise<Tokenizer> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, { encoding: "utf8", ...(signal !== undefined && { signal }) }));
  } catch (error) {
    signal?.throwIfAborted();
    throw new ModelError(
      "tokenizer",
      `${file}: cannot be read as JSON (${errorMessage(error)}). Install the model again.`,
      {
        cause: error,
      },
    );
  }
  await nextTurn();
  return createTokenizer(json, file, signal);
}

/**
 * Builds a tokenizer from the content of tokenizer.json.
 * @param file - Where it came from, for messages.
 * @throws ModelError of kind `tokenizer` if it is not a byte-level BPE, or its parts do not fit together.
 */
export async function createTokenizer(json: unknown, file: string, signal?: AbortSignal): Promise<Tokenizer> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new ModelError("tokenizer", `${file}: ${problem}`, { cause });
  };
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") ?? "";
    return fail(
      `${field}: ${issue?.message}. Horizon reads byte-level BPE tokenizers; take a model that has one.`,
      parsed.error,
    );
  }
  const { model, added_tokens: addedTokens } = parsed.data;
  await nextTurn();
  signal?.throwIfAborted();

  // The library gets everything except the vocabulary and the merges: their tables are the slow part, and only its own
  // encoder needs them.
  let library: LibraryTokenizer;
  try {
    library = new LibraryTokenizer(
      { ...parsed.data, model: { ...model, vocab: {}, merges: [] }, added_tokens: [] },
      {},
    );
  } catch (error) {
    return fail(`${errorMessage(error)}. Horizon cannot use this tokenizer; take another model.`, error);
  }
  await nextTurn();

  const preTokenizers = flattenPreTokenizer(library.pre_tokenizer);
  const byteLevel = preTokenizers.pop();
  if (!(byteLevel instanceof ByteLevelPreTokenizer)) {
    return fail(
      "the last pre-tokenizer is not ByteLevel. Horizon reads byte-level BPE tokenizers; take a model that has one.",
    );
  }

  const vocabulary = new Map<string, number>();
  const tokens: (string | undefined)[] = [];
  const bytes: Uint8Array[] = [];
  let steps = 0;
  const pause = async (): Promise<void> => {
    if (++steps % buildStep !== 0) return;
    await nextTurn();
    signal?.throwIfAborted();
  };
  const addToken = (token: string, id: number, tokenBytes: Uint8Array): void => {
    vocabulary.set(token, id);
    tokens[id] = token;
    bytes[id] = tokenBytes;
  };
  for (const token of Object.keys(model.vocab)) {
    const id = model.vocab[token];
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0) {
      return fail(`model.vocab: ${JSON.stringify(token)} has no id. Install the model again.`);
    }
    addToken(token, id, bytesOfToken(token) ?? new TextEncoder().encode(token));
    await pause();
  }
  const specials = new Map<string, number>();
  // All added tokens count as special, also those that the file calls ordinary: models mark their FIM tokens either
  // way.
  for (const { content, id } of addedTokens) {
    addToken(content, id, noBytes);
    specials.set(content, id);
  }

  const byteIds = byteCharacters.map((character) => vocabulary.get(character) ?? -1);
  const missingByte = byteIds.indexOf(-1);
  if (missingByte >= 0)
    return fail(`the vocabulary lacks the byte ${missingByte}. Train or export the tokenizer with all 256 bytes.`);
  const encoder = new BytePairEncoder(tokens.length, byteIds);
  for (const [index, merge] of model.merges.entries()) {
    const [left, right]: readonly unknown[] =
      typeof merge === "string" ? merge.split(" ", 2) : Array.isArray(merge) ? merge : [];
    const leftId = vocabulary.get(String(left));
    const rightId = vocabulary.get(String(right));
    const mergedId = vocabulary.get(`${left}${right}`);
    if (leftId === undefined || rightId === undefined || mergedId === undefined) {
      return fail(`model.merges.${index}: names a token that the vocabulary lacks. Install the model again.`);
    }
    encoder.addMerge(leftId, rightId, mergedId);
    await pause();
  }

  await nextTurn();
  const cutter = { library, preTokenizers, byteLevel };
  const isCutIntoLines =
    library.normalizer === null &&
    !byteLevel.add_prefix_space &&
    ![...specials.keys()].some((special) => special.includes("\n")) &&
    endsWordsAtLineEnds((text) => cutIntoWords(text, cutter));

  return new Tokenizer({
    ...cutter,
    isCutIntoLines,
    encoder,
    vocabulary,
    bytes,
    specials,
    wholeWordsFirst: model.ignore_merges === true,
  });
}

function flattenPreTokenizer(preTokenizer: PreTokenizer | null): PreTokenizer[] {
  if (preTokenizer === null) return [];
  return preTokenizer instanceof SequencePreTokenizer
    ? preTokenizer.tokenizers.flatMap(flattenPreTokenizer)
    : [preTokenizer];
}

/** Lets whatever else waits in the event loop run. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What cuts a text into words. */
interface WordCutter {
  readonly library: LibraryTokenizer;
  /** The steps before the byte level. */
  readonly preTokenizers: readonly PreTokenizer[];
  readonly byteLevel: ByteLevelPreTokenizer;
}

/** The pieces of a text within which tokens are merged. */
function cutIntoWords(text: string, { library, preTokenizers, byteLevel }: WordCutter): readonly string[] {
  if (text === "") return [];
  let words = [library.normalizer === null ? text : library.normalizer._call(text)];
  for (const preTokenizer of preTokenizers) words = preTokenizer.pre_tokenize(words);
  if (byteLevel.add_prefix_space) words = words.map((word) => (word.startsWith(" ") ? word : ` ${word}`));
  return byteLevel.use_regex ? words.flatMap((word) => word.match(byteLevel.pattern) ?? []) : words;
}

/** What a Tokenizer is made of. */
interface TokenizerTables extends WordCutter {
  /** Whether lines encoded one by one give the ids of the whole. */
  readonly isCutIntoLines: boolean;
  readonly encoder: BytePairEncoder;
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Bytes of each token by id; a vocabulary may have gaps. */
  readonly bytes: readonly (Uint8Array | undefined)[];
  readonly specials: ReadonlyMap<string, number>;
  readonly wholeWordsFirst: boolean;
}

/** Text to token ids and back. */
export class Tokenizer {
  readonly #tables: TokenizerTables;
  readonly #words = new Map<string, readonly number[]>();
  readonly #lines = new Map<string, readonly number[]>();
  readonly #specialIds: ReadonlySet<number>;
  readonly #specialPattern: RegExp;
  readonly #utf8 = new TextEncoder();

  constructor(tables: TokenizerTables) {
    this.#tables = tables;
    this.#specialIds = new Set(tables.specials.values());
    const specials = [...tables.specials.keys()].sort((a, b) => b.length - a.length);
    const alternatives = specials.map((special) => special.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    // A pattern that never matches, where there are no special tokens.
    this.#specialPattern = new RegExp(alternatives.length === 0 ? "(?!)" : alternatives.join("|"), "gu");
  }

  /** One more than the largest id. */
  get vocabularySize(): number {
    return this.#tables.bytes.length;
  }

  /** Ids that no text encodes to: they mark up a prompt. */
  get specialIds(): ReadonlySet<number> {
    return this.#specialIds;
  }

  /** The id of a special token; undefined if there is none of this name. */
  specialId(token: string): number | undefined {
    return this.#tables.specials.get(token);
  }

  /**
   * Encodes text without adding anything. Text that spells a special token encodes to ordinary tokens: it is split in
   * the middle of that spelling, as in training. Lone surrogates encode as U+FFFD.
   */
  encode(text: string): number[] {
    const ids: number[] = [];
    // What was encoded before, which on a key stroke is all but one line, is only put together again.
    for (const line of this.#tables.isCutIntoLines ? cutBeforeLineEnds(text) : [text]) {
      for (const id of this.#encodeLine(line)) ids.push(id);
    }
    return ids;
  }

  /** Decodes ids to text; special tokens decode to nothing, bytes that are no UTF-8 to U+FFFD. */
  decode(ids: Iterable<number>): string {
    const detokenizer = this.createDetokenizer();
    let text = "";
    for (const id of ids) text += detokenizer.push(id);
    return text + detokenizer.end();
  }

  /** The bytes of a token; none for special ones. */
  bytesOf(id: number): Uint8Array {
    return this.#tables.bytes[id] ?? noBytes;
  }

  /** A decoder for tokens that come one by one. */
  createDetokenizer(): Detokenizer {
    return new Detokenizer((id) => this.bytesOf(id));
  }

  #encodeLine(line: string): readonly number[] {
    const known = this.#lines.get(line);
    if (known !== undefined) return known;
    const ids: number[] = [];
    for (const piece of splitSpecialText(toWellFormed(line), this.#specialPattern)) {
      for (const word of cutIntoWords(piece, this.#tables)) this.#encodeWord(word, ids);
    }
    if (line.length <= longestCachedLine) remember(this.#lines, line, ids, cachedLines);
    return ids;
  }

  #encodeWord(word: string, ids: number[]): void {
    let wordIds = this.#words.get(word);
    if (wordIds === undefined) {
      const bytes = this.#utf8.encode(word);
      const whole = this.#tables.wholeWordsFirst ? this.#wholeWord(bytes) : undefined;
      wordIds = whole === undefined ? this.#tables.encoder.encode(bytes) : [whole];
      if (word.length <= longestCachedWord) remember(this.#words, word, wordIds, cachedWords);
    }
    for (const id of wordIds) ids.push(id);
  }

  #wholeWord(bytes: Uint8Array): number | undefined {
    let token = "";
    for (const byte of bytes) token += byteCharacters[byte];
    return this.#tables.vocabulary.get(token);
  }
}

/** Starting afresh is simpler than forgetting the oldest, and costs a few milliseconds once in many thousand texts. */
function remember(cache: Map<string, readonly number[]>, text: string, ids: readonly number[], most: number): void {
  if (cache.size >= most) cache.clear();
  cache.set(text, ids);
}
