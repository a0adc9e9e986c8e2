// The names before a caret that a language service is asked about.
import { expect, test } from "vitest";
import { namesBefore } from "../../../client/src/nearNames.js";

const lines = ["const account = open(path);", "if (account !== undefined) {", "  account?.dep"];
const lineAt = (line: number): string => lines[line] ?? "";

test("are the nearest first, each where it stands last, without keywords and the word at the caret", () => {
  expect(namesBefore(lineAt, { line: 2, character: 14 })).toEqual([
    { name: "account", line: 2, character: 2, isReceiver: true },
    { name: "path", line: 0, character: 21, isReceiver: false },
    { name: "open", line: 0, character: 16, isReceiver: false },
  ]);
  expect(namesBefore(lineAt, { line: 1, character: 11 })).toEqual([
    { name: "path", line: 0, character: 21, isReceiver: false },
    { name: "open", line: 0, character: 16, isReceiver: false },
    { name: "account", line: 0, character: 6, isReceiver: false },
  ]);
  expect(namesBefore(lineAt, { line: 0, character: 0 })).toEqual([]);
});
