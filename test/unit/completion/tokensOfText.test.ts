// Which tokens a text is made of after the filters have taken from it.
import { expect, test } from "vitest";
import { tokensOfText } from "../../../server/src/completion/tokensOfText.js";

const tokens = ["\n    ", "a", " =", " f", "(", "", "é", ")", "\n", "b"].map((text, id) => ({
  id,
  text,
  logProbability: -1,
  horizon: undefined,
}));

test.each([
  ["all of it", "", "a = f(é)\nb", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ["without its end", "", "a = f(é)", [0, 1, 2, 3, 4, 5, 6, 7]],
  ["with other white space", "", "\ta = f(é)", [0, 1, 2, 3, 4, 5, 6, 7]],
  ["without what was typed", "a =", " f(é)", [3, 4, 5, 6, 7]],
  ["with a token that was typed in part", "a", " = f", [2, 3]],
  ["nothing", "", "", []],
])("%s", (_, before, text, ids) => {
  expect(tokensOfText(tokens, before, text).map((token) => token.id)).toEqual(ids);
});
