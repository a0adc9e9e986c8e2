// A file's symbols as lines of text that one can read and compare.
import type { FileSymbols } from "../../../../server/src/context/symbols.js";

/** Definitions indented by how they nest, with bases and head; then references by kind, imports and chunks. */
export function renderSymbols(text: string, symbols: FileSymbols): string {
  const { definitions, references, imports, chunks } = symbols;
  const depths: number[] = [];
  const lines = definitions.map(({ kind, name, parent, bases, start, headEnd, end, isPrivate }) => {
    const depth = parent < 0 ? 0 : (depths[parent] ?? 0) + 1;
    depths.push(depth);
    const head = JSON.stringify(text.slice(start, headEnd));
    return `${"  ".repeat(depth)}${isPrivate ? "private " : ""}${kind} ${name}${bases.length > 0 ? ` < ${bases.join(", ")}` : ""}: ${head} +${end - headEnd}`;
  });
  for (const kind of ["call", "type", "value"]) {
    const names = references.filter((reference) => reference.kind === kind);
    const shown = names.map(({ name, definition }) => `${name}@${definitions[definition]?.name ?? ""}`);
    lines.push("", `${kind}: ${shown.join(" ")}`);
  }
  lines.push("");
  for (const { module, names } of imports) {
    const shown = names.map(({ name, alias }) => (name === alias ? name : `${name} as ${alias}`));
    lines.push(`import ${module}: ${shown.join(", ")}`);
  }
  lines.push("");
  for (const { start, end, definition } of chunks) {
    const lineNumber = text.slice(0, start).split("\n").length;
    const lineCount = text.slice(start, end).trimEnd().split("\n").length;
    lines.push(`chunk: line ${lineNumber}, ${lineCount} lines, in ${definitions[definition]?.name ?? "the file"}`);
  }
  return `${lines.join("\n")}\n`;
}
