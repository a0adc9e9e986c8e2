// Where the caret comes to after a suggestion was accepted.
import { afterAll, beforeAll, expect, test } from "vitest";
import { predictRequests } from "../../../server/src/completion/predictions.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { caret } from "../../golden/goldenCases.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";
import { documentOf, readCaret } from "./engineHarness.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

test.each([
  ["the end of the line and the next one", "python", "x = █\ny", "f(1)", 0, ["x = f(1)█\ny", "x = f(1)\n█\ny"]],
  [
    "the indentation of the line",
    "python",
    "def f():\n    x = █",
    "1",
    0,
    ["def f():\n    x = 1█", "def f():\n    x = 1\n    █"],
  ],
  ["one level more behind a colon", "python", "  if a█", ":", 0, ["  if a:█", "  if a:\n    █"]],
  [
    "one level more behind a bracket, with tabs",
    "go",
    "\tf()\n\tg(█",
    "h(",
    0,
    ["\tf()\n\tg(h(█", "\tf()\n\tg(h(\n\t\t█"],
  ],
  ["the document's line ends", "python", "a\r\nx = █\r\n", "1", 0, ["a\r\nx = 1█\r\n", "a\r\nx = 1\r\n█\r\n"]],
  ["the end of the text alone where the line goes on", "python", "f(█) + 1", "x", 0, ["f(x█) + 1"]],
  ["what is left when a closing bracket is replaced", "python", "f(█)\n", "x)", 1, ["f(x)█\n", "f(x)\n█\n"]],
])("are %s", (_, languageId, marked, text, replaced, expected) => {
  const { text: document, offset } = readCaret(marked);
  const range = { start: offset, end: offset + replaced };
  const request = { document: documentOf(document, languageId), offset };
  const requests = predictRequests(request, { text, range }, languages.get(languageId));
  const places = requests.map(
    (next) => next.document.text.slice(0, next.offset) + caret + next.document.text.slice(next.offset),
  );
  expect(places).toEqual(expected);
  expect(requests.every(({ cause }) => cause === "speculation")).toBe(true);
});
