// What a suggestion has that the truth has not, and the other way round, word by word.

/** A stretch of text: in both, in the truth only, or in the prediction only. */
export interface DiffPart {
  readonly kind: "same" | "missing" | "wrong";
  readonly text: string;
}

/** Most cells of the table; longer texts are shown as replaced in whole. */
const mostCells = 4_000_000;

/** Words, white space within a line, line ends, and single symbols. */
const piece = /[\p{L}\p{N}_$]+|[^\S\n]+|\n|[^\p{L}\p{N}_$\s]/gu;

/** The parts of truth and prediction by their longest common subsequence; what is missing comes before what is wrong. */
export function diffTexts(truth: string, prediction: string): readonly DiffPart[] {
  const expected = truth.match(piece) ?? [];
  const predicted = prediction.match(piece) ?? [];
  const parts: DiffPart[] = [];
  const push = (kind: DiffPart["kind"], text: string) => {
    const last = parts.at(-1);
    if (text === "") return;
    if (last?.kind === kind) parts[parts.length - 1] = { kind, text: last.text + text };
    else parts.push({ kind, text });
  };
  if (expected.length * predicted.length > mostCells) {
    push("missing", truth);
    push("wrong", prediction);
    return parts;
  }
  // common[i · width + j]: longest common subsequence of what follows i pieces of the one and j of the other.
  const width = predicted.length + 1;
  const common = new Uint32Array((expected.length + 1) * width);
  const read = (i: number, j: number) => common[i * width + j] as number;
  for (let i = expected.length - 1; i >= 0; i--) {
    for (let j = predicted.length - 1; j >= 0; j--) {
      common[i * width + j] =
        expected[i] === predicted[j] ? read(i + 1, j + 1) + 1 : Math.max(read(i + 1, j), read(i, j + 1));
    }
  }
  let [i, j] = [0, 0];
  while (i < expected.length || j < predicted.length) {
    if (i < expected.length && j < predicted.length && expected[i] === predicted[j]) {
      push("same", expected[i++] as string);
      j++;
    } else if (i < expected.length && (j === predicted.length || read(i + 1, j) >= read(i, j + 1))) {
      push("missing", expected[i++] as string);
    } else {
      push("wrong", predicted[j++] as string);
    }
  }
  return parts;
}
