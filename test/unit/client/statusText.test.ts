// What the status bar says in each state.
import { expect, test } from "vitest";
import { indexText, statusText } from "../../../client/src/statusText.js";
import type { IndexStatusParams, ServerState } from "../../../server/src/protocol.js";

const CASES: readonly [ServerState, { detail: string; severity: string; command: string }][] = [
  [{ state: "starting" }, { detail: "Starting", severity: "normal", command: "horizon.toggle" }],
  [
    { state: "ready", model: "tiny-1" },
    { detail: "Ready. Model: tiny-1", severity: "normal", command: "horizon.toggle" },
  ],
  [
    { state: "working", model: "tiny-1" },
    { detail: "Writing a suggestion. Model: tiny-1", severity: "normal", command: "horizon.toggle" },
  ],
  [
    { state: "off", reason: "switched off in the settings" },
    { detail: "Off: switched off in the settings", severity: "normal", command: "horizon.toggle" },
  ],
  [
    { state: "error", message: "model.onnx is cut off" },
    { detail: "Error: model.onnx is cut off", severity: "error", command: "horizon.showLog" },
  ],
];

test.each(CASES)("%o", (state, expected) => {
  expect(statusText(state)).toMatchObject(expected);
});

const INDEX: IndexStatusParams = {
  state: "ready",
  files: 1200,
  waiting: 0,
  memoryBytes: 40 * 1024 * 1024,
  memoryLimit: 256 * 1024 * 1024,
  isCapped: false,
};

test.each([
  [INDEX, "Context: 1,200 files, 40 MB"],
  [{ ...INDEX, state: "off" }, "Context: off"],
  [{ ...INDEX, state: "scanning", files: 1 }, "Context: looking for files (1 file, 40 MB)"],
  [{ ...INDEX, state: "indexing", waiting: 31 }, "Context: reading 31 more files (1,200 files, 40 MB)"],
  [
    { ...INDEX, isCapped: true },
    "Context: 1,200 files, 40 MB. The memory of 256 MB is full: the files nearest the open ones are in (horizon.context.maxMemory).",
  ],
] satisfies [IndexStatusParams, string][])("%o", (index, text) => {
  expect(indexText(index)).toBe(text);
});
