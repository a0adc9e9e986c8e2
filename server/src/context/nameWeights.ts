// How likely each name of a document is to be used at the caret: by how near it stands and how often. What the code goes
// on with is named nearby most of the time, but often far above: in an import, a field, a method that does the same.

/** Characters of the document that are read before and after the caret. */
const readBefore = 40_000;
const readAfter = 20_000;

/** A name so many lines away counts half. Tuned on the dev packages of test/contextRecall, like all numbers here. */
const halfLife = 20;

/** What a name counts at least, wherever it stands, when it is there eight times or more. */
const farWeight = 0.15;
const oftenTimes = 8;

/** A variable's type is as good as the variable, almost. */
const typeShare = 0.8;

/** A name of a document. */
export interface NameWeight {
  /** In (0, 1]. */
  readonly weight: number;
  /** How often it is there, in what was read. */
  readonly times: number;
}

/** `Type name`, `Type<T> name`, `Type[] name`, `Type *name`; `name: Type`, `name?: pkg.Type`; `name *pkg.Type`; `name = new Type`. */
const declarations = [
  /(?<type>\p{Lu}[\p{L}\p{N}_]*)(?:<[^<>()\n]*>)?(?:\[\])?[ *&]+(?<name>[\p{Ll}_$][\p{L}\p{N}_$]*)/gu,
  /(?<name>[\p{Ll}_$][\p{L}\p{N}_$]*)(?:\??: ?| |\s*:?=\s*(?:new |await |&)?)[*&?"']*(?:[\p{L}_][\p{L}\p{N}_]*\.)*(?<type>\p{Lu}[\p{L}\p{N}_]*)/gu,
];

/** All names of a document, the likeliest first; in a fixed order. */
export function nameWeights(text: string, offset: number): ReadonlyMap<string, NameWeight> {
  const from = Math.max(0, offset - readBefore);
  const read = text.slice(from, offset + readAfter);
  const caret = offset - from;
  const names = readNames(read, caret);
  for (const pattern of declarations) {
    for (const { groups } of read.matchAll(pattern)) {
      const type = names.get(groups?.type ?? "");
      const variable = names.get(groups?.name ?? "");
      if (type !== undefined && variable !== undefined) {
        type.weight = Math.max(type.weight, variable.weight * typeShare);
      }
    }
  }
  return new Map([...names].sort((a, b) => b[1].weight - a[1].weight || (a[0] < b[0] ? -1 : 1)));
}

function readNames(text: string, caret: number): Map<string, { weight: number; times: number }> {
  const found = new Map<string, { nearest: number; times: number }>();
  const lines: number[] = [];
  const places: { readonly name: string; readonly line: number }[] = [];
  let caretLine = 0;
  for (const match of text.matchAll(/\n|[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
    if (match[0] === "\n") {
      lines.push(match.index);
      caretLine += Number(match.index < caret);
    } else if (match[0].length > 1) {
      places.push({ name: match[0], line: lines.length });
    }
  }
  for (const { name, line } of places) {
    const known = found.get(name);
    const away = Math.abs(line - caretLine);
    if (known === undefined) {
      found.set(name, { nearest: away, times: 1 });
    } else {
      known.times++;
      known.nearest = Math.min(known.nearest, away);
    }
  }
  const weights = new Map<string, { weight: number; times: number }>();
  for (const [name, { nearest, times }] of found) {
    const far = farWeight * Math.min(1, Math.log2(1 + times) / Math.log2(1 + oftenTimes));
    weights.set(name, { weight: Math.max(0.5 ** (nearest / halfLife), far), times });
  }
  return weights;
}
