// The languages that Horizon knows: reads syntaxes/, finds a document's language and loads its parser when it is needed.

import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { z } from "zod";
import { errorMessage } from "../errorMessage.js";
import {
  createLanguage,
  genericLanguage,
  type Language,
  languageSchema,
  type QueryName,
  type QuerySelection,
} from "./language.js";
import { loadNativeParser } from "./nativeParser.js";
import type { SyntaxParser } from "./parser.js";
import { QueryFileError, readQuery } from "./queryFile.js";
import { loadWasmParser, type WasmFiles } from "./wasmParser.js";

/** A folder in syntaxes/ that cannot be used; the message names the file and what is wrong with it. */
export class LanguageError extends Error {
  override readonly name = "LanguageError";
}

/** What the editor needs at every request. */
const defaultQueries: readonly QuerySelection[] = ["blocks"];

/** What the languages are read from. */
export interface LanguagesOptions {
  /** The folder syntaxes/, with one folder per language. */
  readonly directory: string;
  /**
   * The queries that the parsers will be asked for; each is compiled when its language's grammar is loaded, which takes
   * milliseconds. Those that end a suggestion, when not given.
   */
  readonly queries?: readonly QuerySelection[] | undefined;
  /** Where the grammars are; without it there are no syntax trees and every rule works by indentation. */
  readonly wasm?: WasmFiles | undefined;
  /** Take native grammars where they load, and those in WebAssembly for the rest. */
  readonly native?: boolean | undefined;
  /** Told, once per language, why there is no syntax tree of it. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

/**
 * Reads every language in a folder. A new language is a new folder there.
 *
 * @throws {LanguageError} when a folder cannot be used, or two languages claim the same language id
 */
export async function loadLanguages(options: LanguagesOptions): Promise<Languages> {
  const { directory } = options;
  let folders: string[];
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    throw new LanguageError(`${directory} cannot be read (${errorMessage(error)}). Install Horizon again.`);
  }
  const names = [...new Set((options.queries ?? defaultQueries).flat())];
  const read = await Promise.all(folders.sort().map((folder) => readLanguage(directory, folder, names)));
  const languages = read.filter((language) => language !== undefined);
  return new Languages(languages, options);
}

async function readLanguage(
  directory: string,
  folder: string,
  names: readonly QueryName[],
): Promise<Language | undefined> {
  const path = join(directory, folder, "language.json");
  if (await hasQueriesOnly(join(directory, folder))) {
    return undefined;
  }
  let definition: unknown;
  try {
    definition = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new LanguageError(`${path} cannot be read (${errorMessage(error)}). Each folder in syntaxes/ needs one.`);
  }
  const parsed = languageSchema.safeParse(definition);
  if (!parsed.success) {
    throw new LanguageError(`${path} is not a language definition: ${z.prettifyError(parsed.error)}`);
  }
  const queries: Partial<Record<QueryName, string>> = {};
  for (const name of names) {
    try {
      const source = await readQuery(directory, folder, name);
      if (source !== undefined) {
        queries[name] = source;
      }
    } catch (error) {
      throw error instanceof QueryFileError ? new LanguageError(error.message) : error;
    }
  }
  return createLanguage(parsed.data, queries);
}

/** Is it no language, but queries that languages inherit? */
async function hasQueriesOnly(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.length > 0 && names.every((name) => name.endsWith(".scm"));
}

/** All languages, with their parsers. */
export class Languages {
  readonly all: readonly Language[];
  readonly #byLanguageId = new Map<string, Language>();
  readonly #byExtension = new Map<string, Language>();
  readonly #parsers = new Map<string, Promise<SyntaxParser | undefined>>();
  readonly #options: Omit<LanguagesOptions, "directory">;

  constructor(languages: readonly Language[], options: Omit<LanguagesOptions, "directory"> = {}) {
    this.all = languages;
    this.#options = options;
    for (const language of languages) {
      for (const extension of language.fileExtensions) {
        if (!this.#byExtension.has(extension)) {
          this.#byExtension.set(extension, language);
        }
      }
      for (const languageId of language.languageIds) {
        const other = this.#byLanguageId.get(languageId);
        if (other !== undefined) {
          throw new LanguageError(
            `Both syntaxes/${other.id} and syntaxes/${language.id} answer to "${languageId}". Take it out of one of them.`,
          );
        }
        this.#byLanguageId.set(languageId, language);
      }
    }
  }

  /** A document's language; a generic one for what has no folder in syntaxes/. */
  get(languageId: string): Language {
    return this.#byLanguageId.get(languageId) ?? genericLanguage;
  }

  /** The folder's name in syntaxes/ of a language that has a grammar; undefined for one without. */
  parsedId(languageId: string): string | undefined {
    const { grammar, id } = this.get(languageId);
    return grammar === undefined ? undefined : id;
  }

  /** A file's language by the end of its name; undefined for what has no folder in syntaxes/. */
  ofPath(path: string): Language | undefined {
    return this.#byExtension.get(extname(path).toLowerCase());
  }

  /** The parser of a language, loaded on first use; undefined when there is none. Never rejects. */
  parser(language: Language): Promise<SyntaxParser | undefined> {
    const known = this.#parsers.get(language.id);
    if (known !== undefined) {
      return known;
    }
    const parser = this.#loadParser(language);
    this.#parsers.set(language.id, parser);
    return parser;
  }

  async #loadParser(language: Language): Promise<SyntaxParser | undefined> {
    const { wasm, native = false, onProblem, queries = defaultQueries } = this.#options;
    if (native) {
      try {
        return loadNativeParser(language, queries);
      } catch (error) {
        onProblem?.(`${errorMessage(error)}; its grammar in WebAssembly is used.`);
      }
    }
    try {
      return wasm && (await loadWasmParser(language, wasm, queries));
    } catch (error) {
      onProblem?.(`No syntax trees for ${language.id}, blocks end by indentation: ${errorMessage(error)}`);
      return undefined;
    }
  }

  /** Frees the parsers. */
  async dispose(): Promise<void> {
    const parsers = await Promise.all(this.#parsers.values());
    this.#parsers.clear();
    for (const parser of parsers) {
      parser?.dispose();
    }
  }
}
