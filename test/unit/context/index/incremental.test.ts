// After any changes the index answers as one that is built from scratch.
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import type { MemoryIndex } from "../../../../server/src/context/index/memoryIndex.js";
import { seededRandom } from "../../../support/seededRandom.js";
import { folderOf, temporaryFolder, testIndexer, writeFiles } from "./temporaryFolder.js";

const names = ["alpha", "beta", "gamma", "delta", "getUser", "HTTPServer", "größe", "make_item"];

/** Everything that the index can be asked, but for ids, which are its own. */
function answers(index: MemoryIndex): unknown {
  const search = (terms: Record<string, number>, limit: number): unknown =>
    index
      .searchChunks(new Map(Object.entries(terms)), { limit })
      .map(({ file, index: chunk, score }) => [file.path, chunk, score]);
  return {
    files: [...index.files()].map((file) => [file.path, file.language, file.symbols, file.text()]),
    definitions: names.map((name) =>
      [...index.definitionsOf(name)].map(({ file, index: place, definition }) => [file.path, place, definition]),
    ),
    references: names.map((name) => [...index.referencesTo(name)].map(({ file, reference }) => [file.path, reference])),
    searches: [search({ alpha: 1, user: 2 }, 3), search({ server: 1, http: 0.5, beta: 1 }, 10), search({ none: 1 }, 5)],
  };
}

it.each([1, 2, 3])("random changes, seed %i", async (seed) => {
  const random = seededRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const code = (extension: string): string => {
    const parts = Array.from({ length: Math.floor(random() * 4) }, () => {
      const [name, callee] = [pick(names), pick(names)];
      return extension === "py"
        ? `def ${name}(x):\n    return ${callee}(x)\n`
        : extension === "ts"
          ? `export class ${name} extends ${callee} {\n  ${pick(names)}() { return ${callee}(); }\n}\n`
          : `${name} and ${callee}\n`;
    });
    return parts.join("\n");
  };
  const root = temporaryFolder();
  const folder = folderOf(root);
  const { indexer, run } = await testIndexer();
  indexer.setFolders([folder]);
  const present = new Set<string>();
  const open = new Map<string, string>();
  const newPath = (): string =>
    `${pick(["", "a/", "a/b/", "c/"])}f${Math.floor(random() * 8)}.${pick(["py", "ts", "md"])}`;
  const uriOf = (path: string): string => pathToFileURL(join(root, path)).href;
  const write = (path: string): void => {
    writeFiles(root, { [path]: code(path.slice(path.lastIndexOf(".") + 1)) });
    present.add(path);
  };
  for (let step = 0; step < 40; step++) {
    const changed: string[] = [];
    for (let change = 0; change < 1 + Math.floor(random() * 3); change++) {
      const path = random() < 0.5 && present.size > 0 ? pick([...present]) : newPath();
      const kind = random();
      if (kind < 0.5) write(path);
      else if (kind < 0.6) {
        rmSync(join(root, path), { force: true });
        present.delete(path);
      } else if (kind < 0.7 && present.has(path)) {
        const to = newPath();
        mkdirSync(dirname(join(root, to)), { recursive: true });
        renameSync(join(root, path), join(root, to));
        present.delete(path);
        present.add(to);
        changed.push(to);
      } else if (kind < 0.85) {
        const text = code(path.slice(path.lastIndexOf(".") + 1));
        open.set(path, text);
        indexer.setDocument(uriOf(path), text);
      } else if (open.size > 0) {
        const [closed] = pick([...open]);
        open.delete(closed);
        indexer.closeDocument(uriOf(closed));
      }
      changed.push(path);
    }
    if (random() < 0.3) indexer.rescan();
    else indexer.changePaths(changed.map((path) => join(root, path)));
    if (random() < 0.7) await run();
    if (random() < 0.1) indexer.index.compact();
    if (step % 5 !== 4) continue;
    await run();
    const fresh = await testIndexer();
    fresh.indexer.setFolders([folder]);
    for (const [path, text] of open) fresh.indexer.setDocument(uriOf(path), text);
    await fresh.run();
    expect(answers(indexer.index)).toEqual(answers(fresh.indexer.index));
    expect(indexer.status.sourceBytes).toBe(fresh.indexer.status.sourceBytes);
  }
});
