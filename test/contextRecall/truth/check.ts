// Tries the tools on small packages whose truth is known: test/fixtures/contextRecall has one for each language, with what
// is to come out of it.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../../server/src/workspace/inputError.js";
import { type TruthLanguage, truthLanguage, truthLanguages } from "./tools.js";
import { headOf } from "./use.js";

/**
 * Asks each tool that there is, or the one of a language.
 *
 * @param root the repository's folder
 * @returns a line for each language
 * @throws {InputError} when a tool says something else than is expected
 */
export async function checkTools(
  root: string,
  name: string | undefined,
  tool: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const lines: string[] = [];
  for (const language of name === undefined ? truthLanguages : [truthLanguage(name)]) {
    const fixture = join(root, "test", "fixtures", "contextRecall", language.name);
    const expected = await readFile(`${fixture}.txt`, "utf8");
    let found: string;
    try {
      found = await describeUses(language, fixture, { root, tool, signal });
    } catch (error) {
      if (!(error instanceof InputError) || name !== undefined) throw error;
      lines.push(`${language.name}: not checked. ${error.message} It needs ${language.needs}.`);
      continue;
    }
    if (found !== expected) {
      throw new InputError(`${language.name}: the tool says\n${found}but ${fixture}.txt has\n${expected}`);
    }
    lines.push(`${language.name}: ${found.trim().split("\n").length} uses as expected.`);
  }
  return lines.join("\n");
}

/** One line for each use: where, and the definition's name and head. */
async function describeUses(
  language: TruthLanguage,
  directory: string,
  { root, tool, signal }: { readonly root: string; readonly tool: string | undefined; readonly signal: AbortSignal },
): Promise<string> {
  const files = (await readdir(directory, { recursive: true }))
    .filter((file) => /\.(ts|py|java|go)$/.test(file))
    .sort();
  const texts = new Map<string, string>();
  for (const file of files) {
    texts.set(file, await readFile(join(directory, file), "utf8"));
  }
  const ranges = join(tmpdir(), `horizon-recall-${process.pid}.jsonl`);
  const all = [...texts].map(([file, text]) => `${JSON.stringify({ file, start: 0, end: text.length })}\n`);
  await writeFile(ranges, all.join(""));
  const programs = join(root, "test", "contextRecall", "truth");
  const uses = await language.findUses({ directory, files, ranges, tool, programs, signal });
  return uses
    .map((use) => {
      const written = texts.get(use.file)?.slice(use.useStart, use.useEnd);
      const line = (texts.get(use.file) ?? "").slice(0, use.useStart).split("\n").length;
      const head = headOf(use, texts.get(use.definitionFile) ?? "").replace(/\s+/g, " ");
      return `${use.file}:${line} ${written} (${use.kind}) ${use.definitionFile}: ${head}\n`;
    })
    .join("");
}
