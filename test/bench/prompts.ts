// Prompts of an exact length made of real code: carets in packages that the lock file pins, always the same ones.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Prompt, PromptParts } from "../../server/src/inference/generation.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";

/** Files that nobody here wrote, in node_modules. */
const sources = [
  "commander/lib/command.js",
  "commander/lib/help.js",
  "zod/src/v4/core/api.ts",
  "zod/src/v4/core/schemas.ts",
  "zod/src/v4/core/util.ts",
  "zod/src/v4/classic/schemas.ts",
] as const;

/** Text before a caret that is enough for the longest prompt, in characters. */
const leastPrefix = 8000;

/** A document with a caret. */
export interface Caret {
  readonly file: string;
  readonly text: string;
  readonly offset: number;
}

/** Carets spread over the sources: half of them where a line's code begins, half inside a line behind a space. */
export function carets(nodeModules: string, count: number): Caret[] {
  const places: Caret[] = [];
  for (const file of sources) {
    const text = readFileSync(path.join(nodeModules, file), "utf8");
    for (const match of text.matchAll(/\n[ \t]*(?=[a-z][^\n]{20,}\n)/g)) {
      const lineStart = match.index + match[0].length;
      const space = text.indexOf(" ", lineStart) + 1;
      const offset = places.length % 2 === 0 ? lineStart : space;
      if (offset > leastPrefix) places.push({ file, text, offset });
    }
  }
  if (places.length < count)
    throw new Error(`there are only ${places.length} carets in the sources; ask for fewer prompts`);
  return Array.from({ length: count }, (_, index) => places[Math.floor((index * places.length) / count)] as Caret);
}

/** A caret's document as the engine passes it on. */
export function wholeDocument({ file, text, offset }: Caret, repository = "bench"): PromptParts {
  return { repository, path: file, prefix: text.slice(0, offset), suffix: text.slice(offset), snippets: [] };
}

/**
 * The prompt of a caret, as long as asked for but for two or three tokens.
 * @param name - Name of the repository: stands at the start of the prompt, so that prompts of other names reuse
 *   nothing.
 */
export function promptOfLength(model: HostedLanguageModel, caret: Caret, tokens: number, name: string): Prompt {
  const whole = wholeDocument(caret, name);
  const build = (characters: number): Prompt =>
    model.buildPrompt({ ...whole, prefix: whole.prefix.slice(-characters) }, tokens);
  // The longest prefix that is taken whole.
  let low = 1;
  let high = leastPrefix;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (build(middle).prefixLength === middle) low = middle;
    else high = middle - 1;
  }
  return build(low);
}
