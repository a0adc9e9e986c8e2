// References of captures: one for each mention, without the names that are being defined or imported.
import type { Capture } from "../../syntax/parser.js";
import type { Definition, Import, Reference, ReferenceKind } from "../symbols.js";

/** The more special first: a call is a mention, too, and several patterns find it. */
const rank: Readonly<Record<string, number>> = { "reference.call": 0, "reference.type": 1, "reference.value": 2 };

const kindOf: readonly ReferenceKind[] = ["call", "type", "value"];

/**
 * @param captures named `reference.KIND`, in any order
 * @param definitions in the order of their starts
 * @param imports in the order of their starts
 */
export function collectReferences(
  text: string,
  captures: readonly Capture[],
  definitions: readonly Definition[],
  imports: readonly Import[],
): readonly Reference[] {
  const sorted = captures.toSorted((a, b) => a.start - b.start || (rank[a.name] ?? 2) - (rank[b.name] ?? 2));
  const defined = new Set(definitions.map(({ nameStart }) => nameStart));
  const references: Reference[] = [];
  /** Places of the definitions that the walk is in, the innermost last. */
  const open: number[] = [];
  let nextDefinition = 0;
  let nextImport = 0;
  let lastStart = -1;
  for (const capture of sorted) {
    const { start, end } = capture;
    if (start === lastStart || end === start || defined.has(start)) {
      continue;
    }
    lastStart = start;
    while ((imports[nextImport]?.end ?? Number.POSITIVE_INFINITY) <= start) {
      nextImport++;
    }
    if ((imports[nextImport]?.start ?? Number.POSITIVE_INFINITY) <= start) {
      continue;
    }
    for (; (definitions[nextDefinition]?.start ?? Number.POSITIVE_INFINITY) <= start; nextDefinition++) {
      open.push(nextDefinition);
    }
    while (open.length > 0 && (definitions[open.at(-1) ?? 0]?.end ?? 0) <= start) {
      open.pop();
    }
    const kind = kindOf[rank[capture.name] ?? 2] ?? "value";
    references.push({ name: text.slice(start, end), kind, start, definition: open.at(-1) ?? -1 });
  }
  return references;
}
