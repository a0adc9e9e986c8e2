// Chunks of a text without a syntax tree: by blank lines and indentation.
import type { Language } from "../../syntax/language.js";
import { isCloser } from "../../syntax/scanner.js";
import type { Chunk } from "../symbols.js";
import { type Boundary, chooseCuts } from "./chunker.js";
import { toChunks } from "./syntaxChunks.js";

/** The chunks of a text; any line may begin one that does not go on with the line before. */
export function textChunks(text: string, { clauseKeywords }: Pick<Language, "clauseKeywords">): readonly Chunk[] {
  const boundaries: Boundary[] = [];
  for (let offset = 0; offset < text.length; ) {
    const newline = text.indexOf("\n", offset);
    const end = newline < 0 ? text.length : newline;
    // Enough to see how the line begins; one may be as long as the file.
    const line = text.slice(offset, Math.min(end, offset + 200)).trimStart();
    const word = /^\w+/.exec(line)?.[0] ?? "";
    if (line !== "" && !isCloser(line.charAt(0)) && !clauseKeywords.includes(word)) {
      boundaries.push({ offset, isDefinition: false });
    }
    offset = end + 1;
  }
  return toChunks(text, chooseCuts(text, boundaries), []);
}
