// What two pieces of code have in common.
import { expect, test } from "vitest";
import { jaccard, signatureOf } from "../../../server/src/context/codeSignature.js";

test("names are compared as terms, whatever their case and underscores", () => {
  const one = signatureOf("get_user(name)").terms;
  expect(jaccard(one, signatureOf("getUser(name)").terms)).toBe(1);
  expect(jaccard(one, signatureOf("getUser(title)").terms)).toBe(0.6);
  expect(jaccard(one, signatureOf("open(path)").terms)).toBe(0);
  expect(jaccard(one, signatureOf("").terms)).toBe(0);
});

test("shapes are compared without names and literals", () => {
  const one = signatureOf("for (const item of items) { total += item.price * 2; }").shape;
  expect(jaccard(one, signatureOf("for (const row of größe) {\n  sum += row.cost * 31.5;\n}").shape)).toBe(1);
  expect(jaccard(one, signatureOf("while (x) { total += 1; }").shape)).toBeLessThan(0.5);
});

test("a range counts as the text that it is", () => {
  const text = "def area(box):\n    return box.width * 10\n";
  expect(signatureOf(text, 15, text.length - 1)).toEqual(signatureOf(text.slice(15, -1)));
});
