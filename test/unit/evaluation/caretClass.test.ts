// Which trigger point a caret stands at.
import { expect, test } from "vitest";
import { caretClass } from "../../../server/src/evaluation/caretClass.js";

test.each([
  ["", "lineStart"],
  ["x = 1\n", "lineStart"],
  ["x = 1\r\n    ", "lineStart"],
  ["self.", "."],
  ["foo(", "("],
  ["x =", "="],
  ["x = ", "="],
  ["x == ", "="],
  ["(x) => ", "space"],
  ["(x) =>", "other"],
  ["foo(a, ", ","],
  ["    return ", "return"],
  ["    return", "word"],
  ["noreturn ", "space"],
  ["self.na", "word"],
  ["größe", "word"],
  ["if ", "space"],
  ["foo()", "other"],
  ["x[", "other"],
])("%j is %s", (prefix, expected) => {
  expect(caretClass(prefix)).toBe(expected);
});
