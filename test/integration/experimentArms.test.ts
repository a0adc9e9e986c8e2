// The real server in an experiment: each report of a suggestion names the arm, and the arm's settings hold.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type SuggestionReport, SuggestionReportNotification } from "../../server/src/protocol.js";
import { until } from "../support/until.js";
import { ServerProcess } from "./serverProcess.js";

const folder = mkdtempSync(join(tmpdir(), "horizon-arms-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the arm of the moment is in each report", async () => {
  const file = join(folder, "experiments.json");
  const values = { "completion.maxLines": 1 };
  const targeting = { fractional: [{ var: "targetingKey" }, ["one", 50], ["other", 50]] };
  const flags = { lines: { state: "ENABLED", variants: { one: values, other: values }, targeting } };
  writeFileSync(file, JSON.stringify({ flags }));
  const server = await ServerProcess.start({
    settings: { experiments: { file }, completion: { maxLines: 12 } },
    initializationOptions: { globalStoragePath: folder },
  });
  const reports: SuggestionReport[] = [];
  server.connection.onNotification(SuggestionReportNotification.type, (report) => {
    reports.push(report);
  });
  const text =
    "def add(a, b):\n    return a + b\n\n\ndef total(values):\n    result = 0\n    for value in values:\n        ";
  await server.open("file:///sums.py", "python", text);
  await server.inlineCompletion("file:///sums.py", { line: 7, character: 8 });
  const [report] = await until("a report", () => reports.length > 0 && reports);
  expect(report?.experiments).toEqual({ lines: expect.stringMatching(/^(one|other)$/) });
  await server.stop();
});
