// The texts of files that are in the index, read from disk when they are asked for: only what still is what was indexed.
import type { SymbolExtractor } from "../ast/extract.js";
import { contentKey } from "./contentKey.js";
import type { SourceFiles } from "./sourceFiles.js";
import { decodeText, largestFileBytes } from "./sourceText.js";
import { TextCache } from "./textCache.js";
import type { FileEntry } from "./workspaceRoot.js";

/** Reads texts, and keeps those of a moment ago. */
export class IndexedTexts {
  readonly #sources: SourceFiles;
  readonly #extractor: Pick<SymbolExtractor, "languageOf">;
  readonly #cache = new TextCache();

  constructor(sources: SourceFiles, extractor: Pick<SymbolExtractor, "languageOf">) {
    this.#sources = sources;
    this.#extractor = extractor;
  }

  /** Bytes in memory. */
  get byteLength(): number {
    return this.#cache.byteLength;
  }

  /** The file's text; undefined when it cannot be read, or is another than the one that was indexed. */
  read(entry: FileEntry): string | undefined {
    const { root, path } = entry;
    try {
      const absolute = root.absolute(path);
      const { kind, size, modified } = this.#sources.facts(absolute);
      if (kind !== "file" || size > largestFileBytes) return undefined;
      const mark = `${size} ${modified} ${entry.key}`;
      const known = this.#cache.get(keyOf(entry), mark);
      if (known !== undefined) return known;
      const bytes = this.#sources.read(absolute);
      const isSeen = size === entry.size && modified === entry.modified;
      if (!isSeen && contentKey(this.#extractor.languageOf(path)?.id, bytes) !== entry.key) return undefined;
      const text = decodeText(bytes);
      if (text !== undefined) this.#cache.set(keyOf(entry), mark, text);
      return text;
    } catch {
      return undefined;
    }
  }

  forget(entry: FileEntry): void {
    this.#cache.delete(keyOf(entry));
  }
}

function keyOf({ root, path }: FileEntry): string {
  return `${root.uri}\0${path}`;
}
