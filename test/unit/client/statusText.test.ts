// What the status bar says in each state.
import { expect, test } from "vitest";
import { statusText } from "../../../client/src/statusText.js";
import type { ServerState } from "../../../server/src/protocol.js";

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
