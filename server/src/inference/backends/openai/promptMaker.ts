// Prompts for a server: by a model folder's template and tokenizer, or as plain prefix and suffix where the server knows
// the template itself.
import { ModelError } from "../../errors.js";
import type { Prompt, PromptParts } from "../../generation.js";
import { readManifest, specialTokensOf, verifyModelFile } from "../../manifest.js";
import { buildPrompt, compileTemplate } from "../../prompt.js";
import { readTokenizer } from "../../tokenizer.js";

/** What a request says of the prompt. */
export type PromptFields =
  | { readonly prompt: readonly number[] }
  | { readonly prompt: string; readonly suffix: string };

/** Makes prompts, and says what to send of them. */
export interface PromptMaker {
  readonly promptTokens: number;
  readonly specialTokens: readonly string[];
  build(parts: PromptParts, budget: number): Prompt;
  /** @param prompt one that `build` made */
  fieldsOf(prompt: Prompt): PromptFields;
  /** Length of a text in the model's tokens; undefined where nobody knows. */
  readonly countTokens: ((text: string) => number) | undefined;
}

/**
 * Makes prompts as a model's folder says: the server is sent token ids. Its weights need not be there.
 *
 * @throws {ModelError} when the folder cannot be used
 */
export async function readPromptMaker(directory: string, signal?: AbortSignal): Promise<PromptMaker> {
  const manifest = await readManifest(directory);
  const tokenizer = await readTokenizer(await verifyModelFile(directory, manifest, "tokenizer", signal), signal);
  const encode = (text: string): number[] => tokenizer.encode(text);
  const template = compileTemplate(manifest, tokenizer);
  const { promptTokens, suffixShare } = manifest.limits;
  return {
    promptTokens,
    specialTokens: specialTokensOf(manifest),
    build: (parts, budget) =>
      buildPrompt(template, encode, parts, { budget: Math.min(budget, promptTokens), suffixShare }),
    fieldsOf: ({ tokenIds }) => ({ prompt: tokenIds }),
    countTokens: (text) => encode(text).length,
  };
}

/** Tokens of a prompt for a server of which nothing is known; code models read 8,000 and more. */
const plainPromptTokens = 2048;

/** Characters of code for each token, at least: more tokens than this are not in a text. */
const charactersPerToken = 3;

/** Share of the characters that the suffix may take; as the default model has it. */
const plainSuffixShare = 0.25;

/** Makes prompts of plain text: the API's own `prompt` and `suffix`. Their "token ids" are UTF-16 units, to name them by. */
export function createPlainPromptMaker(): PromptMaker {
  const texts = new WeakMap<Prompt, PromptFields>();
  return {
    promptTokens: plainPromptTokens,
    specialTokens: [],
    build: ({ prefix, suffix }, budget) => {
      const characters = Math.min(budget, plainPromptTokens) * charactersPerToken;
      const end = cutAtLineEnd(suffix, Math.floor(characters * plainSuffixShare));
      const start = cutAtLineStart(prefix, characters - end.length);
      const prompt: Prompt = {
        tokenIds: Array.from({ length: start.length + end.length + 1 }, (_, index) =>
          index < start.length
            ? start.charCodeAt(index)
            : index === start.length
              ? 0
              : end.charCodeAt(index - start.length - 1),
        ),
        snippets: [],
        prefixLength: start.length,
        suffixLength: end.length,
      };
      texts.set(prompt, { prompt: start, suffix: end });
      return prompt;
    },
    fieldsOf: (prompt) => {
      const fields = texts.get(prompt);
      if (fields === undefined) {
        throw new ModelError("input", "The prompt is another model's. Build it with buildPrompt().");
      }
      return fields;
    },
    countTokens: undefined,
  };
}

function cutAtLineEnd(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, text.lastIndexOf("\n", length) + 1 || length);
}

function cutAtLineStart(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const start = text.indexOf("\n", text.length - length - 1) + 1;
  return text.slice(start === 0 ? text.length - length : start);
}
