// Which texts somebody may choose from, and in which order.
import { describe, expect, it } from "vitest";
import { findAlternatives, type Written } from "../../../server/src/completion/alternatives.js";
import type { Completion } from "../../../server/src/completion/completion.js";

const completion = (text: string, logProbability = -1, tokens = 1): Completion => ({
  text,
  range: { start: 0, end: 0 },
  logProbability,
  horizon: null,
  stopReason: "lineEnd",
  tokens,
});

/** A model that writes these texts, the first whose token is not to be avoided. */
function writer(texts: readonly (Completion | undefined)[]) {
  const asked: (readonly number[])[] = [];
  const write = async (avoid: readonly number[]): Promise<Written | undefined> => {
    asked.push([...avoid]);
    const id = texts.findIndex((_, index) => !avoid.includes(index));
    const tokens = id < 0 ? [] : [{ id, text: "", logProbability: 0, horizon: undefined }];
    return { answer: { tokens }, completion: texts[id] };
  };
  return { write, asked };
}

const noErrors = () => 0;
const textsOf = (completions: readonly Completion[]) => completions.map(({ text }) => text);

describe("alternatives", () => {
  it("begin with other tokens each, as many as are wanted", async () => {
    const { write, asked } = writer([completion("a", -1), completion("b", -2), completion("c", -3), completion("d")]);
    expect(textsOf(await findAlternatives({ most: 3, write, countErrors: noErrors }))).toEqual(["a", "b", "c"]);
    expect(asked).toEqual([[], [0], [0, 1]]);
  });

  it("are ranked by whether they parse, then by probability per token", async () => {
    const { write } = writer([completion("bro(ken", -0.1), completion("long", -6, 6), completion("short", -2, 1)]);
    const countErrors = ({ text }: Completion): number => (text.includes("(") ? 1 : 0);
    expect(textsOf(await findAlternatives({ most: 3, write, countErrors }))).toEqual(["long", "short", "bro(ken"]);
  });

  it("differ in more than white space, and are not looked for without end", async () => {
    const { write, asked } = writer(Array.from({ length: 50 }, (_, index) => completion(index % 2 ? "same" : " same")));
    expect(await findAlternatives({ most: 3, write, countErrors: noErrors })).toHaveLength(1);
    expect(asked).toHaveLength(6);
  });

  it("leave out what is nothing to show, and end where nothing more is written", async () => {
    const { write } = writer([undefined, completion("b")]);
    expect(textsOf(await findAlternatives({ most: 3, write, countErrors: noErrors }))).toEqual(["b"]);
  });

  it("are as many as there are when it is stopped", async () => {
    const { write } = writer([completion("a"), completion("b")]);
    let calls = 0;
    const stopped = async (avoid: readonly number[]) => (++calls > 1 ? undefined : write(avoid));
    expect(textsOf(await findAlternatives({ most: 3, write: stopped, countErrors: noErrors }))).toEqual(["a"]);
  });

  it("keep their order where no probabilities or errors are known", async () => {
    const { write } = writer([completion("a", Number.NaN), completion("b", Number.NaN)]);
    expect(textsOf(await findAlternatives({ most: 3, write, countErrors: () => undefined }))).toEqual(["a", "b"]);
  });
});
