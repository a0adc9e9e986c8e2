// Real folders for the tests of the index, and the parts that they drive it with.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach } from "vitest";
import { extractorQueries, SymbolExtractor } from "../../../../server/src/context/ast/extract.js";
import { Indexer, type IndexerOptions } from "../../../../server/src/context/index/indexer.js";
import { diskSources } from "../../../../server/src/context/index/sourceFiles.js";
import { diskStorage, type StorageFiles } from "../../../../server/src/context/index/storageFiles.js";
import type { WalkOptions } from "../../../../server/src/context/index/walk.js";
import { type Languages, loadLanguages } from "../../../../server/src/syntax/languages.js";
import { languagesDirectory, wasmFiles } from "../../syntax/testLanguages.js";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed after the test. */
export function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "horizon-index-")));
  folders.push(folder);
  writeFiles(folder, files);
  return folder;
}

/** Writes files by their relative paths. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** The disk's, but for waiting until it has what was written: tests that write thousands of files do without. */
export const hastyStorage: StorageFiles = {
  ...diskStorage,
  write: (path, parts) => writeFileSync(path, Buffer.concat([...parts]), { flag: "wx" }),
};

/** Nobody's settings. */
export const noUser: WalkOptions["gitUser"] = { home: undefined };

let languages: Promise<Languages> | undefined;

/** The real extractor; its grammars are loaded once for all tests of a file. */
export async function testExtractor(): Promise<SymbolExtractor> {
  languages ??= loadLanguages({ directory: languagesDirectory, wasm: wasmFiles, queries: extractorQueries });
  return new SymbolExtractor(await languages);
}

/** A clock that a test moves. */
export class TestClock {
  /** Long after the test's files were written, so that none counts as fresh. */
  milliseconds = Date.now() + 60_000;

  now(): number {
    return this.milliseconds;
  }

  time(): number {
    return this.milliseconds;
  }
}

export interface TestIndexer {
  readonly indexer: Indexer;
  readonly problems: string[];
  readonly clock: TestClock;
  /** Works until there is nothing left to do. */
  readonly run: () => Promise<void>;
  /** Paths in the index, in its order. */
  readonly paths: () => string[];
}

/** An indexer with real files and a clock that stands still. */
export async function testIndexer(
  options: Partial<IndexerOptions> & { readonly directory?: string; readonly storageFiles?: StorageFiles } = {},
): Promise<TestIndexer> {
  const problems: string[] = [];
  const clock = new TestClock();
  const { directory, storageFiles = diskStorage, ...others } = options;
  const onProblem = (problem: string): void => {
    problems.push(problem);
  };
  const indexer = new Indexer({
    extractor: await testExtractor(),
    sources: diskSources,
    gitUser: noUser,
    memoryLimit: 256 * 1024 * 1024,
    clock,
    onProblem,
    storage:
      directory === undefined
        ? undefined
        : { files: storageFiles, directory, readerKey: "test", onProblem, now: () => clock.time() },
    ...others,
  });
  return {
    indexer,
    problems,
    clock,
    run: () => indexer.run({ signal: new AbortController().signal }),
    paths: () => [...indexer.index.files()].map(({ path }) => path),
  };
}

/** A folder as the editor names it. */
export function folderOf(directory: string): { readonly uri: string; readonly directory: string } {
  return { uri: pathToFileURL(directory).href, directory };
}
