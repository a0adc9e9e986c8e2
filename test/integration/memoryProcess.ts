// A process that fills an index and says what it takes: by the index's own count, and by the engine's. Run with
// --expose-gc.
import { encodeFile } from "../../server/src/context/index/encodedFile.js";
import { MemoryIndex } from "../../server/src/context/index/memoryIndex.js";
import type { Chunk, Definition, Reference } from "../../server/src/context/symbols.js";

const files = 6000;
const functions = 30;

/** What is in memory once what nobody needs is gone. Bytes. */
function usedBytes(): number {
  for (let time = 0; time < 3; time++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Functions that call functions of other files; some names are everywhere, some in this file only. */
function makeFile(file: number) {
  const definitions: Definition[] = [];
  const references: Reference[] = [];
  const chunks: Chunk[] = [];
  let text = "";
  for (let each = 0; each < functions; each++) {
    const name = each % 5 === 0 ? `common${each}` : `own${file % 4000}Name${each}`;
    const callee = `own${(file * 7 + each) % 4000}Name${each}`;
    const start = text.length;
    text += `function ${name}(first, second${each}) {\n  return ${callee}(first, second${each}) + shared(${file});\n}\n`;
    const end = text.length;
    const nameStart = start + 9;
    definitions.push({ name, kind: "function", start, end, nameStart, headEnd: nameStart + 20, parent: -1, bases: [] });
    references.push({ name: callee, kind: "call", start: start + 40, definition: each });
    references.push({ name: "shared", kind: "call", start: start + 60, definition: each });
    if (each % 6 === 5) chunks.push({ start: chunks.at(-1)?.end ?? 0, end, definition: -1 });
  }
  return { text, symbols: { definitions, references, imports: [], chunks } };
}

const before = usedBytes();
const index = new MemoryIndex(() => undefined);
for (let file = 0; file < files; file++) {
  const { text, symbols } = makeFile(file);
  index.put(
    "file:///workspace",
    `packages/group${file % 97}/source/file${file}.js`,
    "javascript",
    encodeFile(text, symbols),
  );
}
for (const _ of index.merge());
// As after some questions.
for (const file of index.files()) void file.symbols.definitions.length;
process.stdout.write(JSON.stringify({ counted: index.byteLength, used: usedBytes() - before, files: index.fileCount }));
