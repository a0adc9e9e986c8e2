// A repository of plain texts, in the real index: symbols by the real grammars, chunks by the real search.
import { SymbolExtractor } from "../../server/src/context/ast/extract.js";
import type { ContextQuery } from "../../server/src/context/contextSource.js";
import { encodeFile } from "../../server/src/context/index/encodedFile.js";
import { MemoryIndex } from "../../server/src/context/index/memoryIndex.js";
import type { Languages } from "../../server/src/syntax/languages.js";
import { caret } from "../golden/goldenCases.js";

export const folder = "file:///repository";

/** A repository, and the question that its caret mark asks. */
export interface TextRepository {
  readonly index: MemoryIndex;
  readonly query: ContextQuery;
}

/**
 * Indexes texts.
 *
 * @param languages loaded with `extractorQueries`
 * @param files by path; one of them has a caret mark, and is open
 * @param asked what is not as usual of the question; by default the window is the caret's file as a whole
 */
export async function createRepository(
  languages: Languages,
  files: Readonly<Record<string, string>>,
  asked: Partial<ContextQuery> = {},
): Promise<TextRepository> {
  const extractor = new SymbolExtractor(languages);
  const texts = new Map(Object.entries(files).map(([path, text]) => [path, text.replace(caret, "")]));
  const index = new MemoryIndex((_, path) => texts.get(path));
  let query: ContextQuery | undefined;
  for (const [path, text] of texts) {
    await extractor.prepare(path);
    const symbols = extractor.extract(path, text);
    if (symbols === undefined) {
      throw new Error(`${path} was given up`);
    }
    const language = extractor.languageOf(path)?.id;
    const offset = (files[path] as string).indexOf(caret);
    index.put(folder, path, language, encodeFile(text, symbols), offset < 0 ? undefined : { text, symbols });
    if (offset >= 0) {
      const window = { start: 0, end: text.length };
      const done = { edits: [], views: [], branch: "", coChanged: [] };
      query = { folder, path, language, text, offset, window, ...done, ...asked };
    }
  }
  if (query === undefined) {
    throw new Error("no file has a caret mark");
  }
  return { index, query };
}
