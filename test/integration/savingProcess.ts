// A process that saves and saves an index until somebody kills it: node savingProcess.js DIRECTORY.
import type { Catalog } from "../../server/src/context/index/catalog.js";
import { FolderStore } from "../../server/src/context/index/folderStore.js";
import { diskStorage } from "../../server/src/context/index/storageFiles.js";
import { pieceOf } from "./savedPieces.js";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("name a directory");

const store = new FolderStore({
  files: diskStorage,
  directory,
  onProblem: (problem) => process.stdout.write(`problem: ${problem}\n`),
  now: Date.now,
});
const catalog: Catalog = new Map(store.catalog);
for (;;) {
  for (let added = 0; added < 5; added++) {
    const { key, bytes } = pieceOf(catalog.size);
    store.add(key, bytes);
    catalog.set(`file${catalog.size}`, { size: bytes.length, modified: 1, key, reason: undefined });
  }
  store.save(catalog);
  process.stdout.write(`saved ${catalog.size}\n`);
}
