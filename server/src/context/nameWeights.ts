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

/** A name of a document. */
export interface NameWeight {
  /** In (0, 1]. */
  readonly weight: number;
  /** How often it is there, in what was read. */
  readonly times: number;
}

/** All names of a document, the likeliest first; in a fixed order. */
export function nameWeights(text: string, offset: number): ReadonlyMap<string, NameWeight> {
  const from = Math.max(0, offset - readBefore);
  const read = text.slice(from, offset + readAfter);
  return new Map(
    [...readNames(read, offset - from)].sort((a, b) => b[1].weight - a[1].weight || (a[0] < b[0] ? -1 : 1)),
  );
}

function readNames(text: string, caret: number): ReadonlyMap<string, NameWeight> {
  const found = new Map<string, { nearest: number; times: number }>();
  const places: { readonly name: string; readonly line: number }[] = [];
  let lines = 0;
  let caretLine = 0;
  for (const match of text.matchAll(/\n|[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
    if (match[0] === "\n") {
      lines++;
      caretLine += Number(match.index < caret);
    } else if (match[0].length > 1) {
      places.push({ name: match[0], line: lines });
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
  const weights = new Map<string, NameWeight>();
  for (const [name, { nearest, times }] of found) {
    const far = farWeight * Math.min(1, Math.log2(1 + times) / Math.log2(1 + oftenTimes));
    weights.set(name, { weight: Math.max(0.5 ** (nearest / halfLife), far), times });
  }
  return weights;
}
