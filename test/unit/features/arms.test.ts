// Experiments as the language server takes part in them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ConfigurationRequest } from "vscode-languageserver-protocol/node";
import { Arms } from "../../../server/src/features/arms.js";
import { Configuration } from "../../../server/src/features/configuration.js";
import { disabledSources } from "../../../server/src/settings.js";
import { completionSettingsOf } from "../../../server/src/workspace/installation.js";
import { connect } from "./connect.js";

const folder = mkdtempSync(join(tmpdir(), "horizon-arms-"));
const file = join(folder, "experiments.json");
const hour = 3_600_000;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(values: object, { state = "ENABLED", key = "targetingKey", metadata = {} } = {}): void {
  const rule = { fractional: [{ cat: [{ var: "$flagd.flagKey" }, { var: key }] }, ["off", 1], ["on", 1]] };
  const variants = { off: { "context.timeLimit": 21 }, on: values };
  writeFileSync(
    file,
    JSON.stringify({ flags: { e: { state, variants, defaultVariant: "off", targeting: rule, metadata } } }),
  );
}

async function start(arms: Arms, initializationOptions: object = { globalStoragePath: folder }) {
  const configuration = new Configuration(arms);
  const messages: string[] = [];
  const { settle } = await connect([arms, configuration], {
    capabilities: { workspace: { configuration: true } },
    initializationOptions,
    prepare: (client) => {
      client.onRequest(ConfigurationRequest.type, () => [
        { experiments: { file }, completion: { maxLines: 9 }, context: { timeLimit: 33 } },
      ]);
      client.onNotification("window/showMessage", ({ message }: { message: string }) => {
        messages.push(message);
      });
    },
  });
  await settle();
  return { configuration, messages };
}

test("a user's arm goes before the user's settings from the first moment on, until the kill switch", async () => {
  write({ "completion.maxLines": 1, "engine.snippetShare": 0.1 });
  const arms = new Arms();
  const { configuration } = await start(arms);
  const { settings } = configuration;
  expect(configuration.arms).toEqual({ e: expect.stringMatching(/^(on|off)$/) });
  if (configuration.arms?.e === "on") {
    expect([settings.completion.maxLines, settings.context.timeLimit, settings.engine]).toEqual([
      1,
      33,
      { snippetShare: 0.1 },
    ]);
  } else {
    expect([settings.completion.maxLines, settings.context.timeLimit, settings.engine]).toEqual([9, 21, {}]);
  }
  write({}, { state: "DISABLED" });
  await arms.look();
  expect(configuration.arms).toBeUndefined();
  expect(configuration.settings.completion.maxLines).toBe(9);
  expect(configuration.settings.context.timeLimit).toBe(33);
  await arms.dispose();
});

test("one user alone changes arms with the blocks of time", async () => {
  write({ "completion.maxLines": 1 }, { key: "unit", metadata: { unit: "block", blockHours: 1 } });
  let now = 0;
  const arms = new Arms(() => now);
  const { configuration } = await start(arms);
  const seen = new Set<string>();
  for (let block = 0; block < 20; block++) {
    now = block * hour;
    await arms.look();
    const arm = configuration.arms?.e as string;
    seen.add(arm);
    expect(configuration.settings.completion.maxLines).toBe(arm === "on" ? 1 : 9);
    now += hour / 2;
    await arms.look();
    expect(configuration.arms?.e).toBe(arm);
  }
  expect([...seen].sort()).toEqual(["off", "on"]);
  await arms.dispose();
});

test("an experiment does not touch what the user agreed to, nor what is no setting", async () => {
  const values = { "telemetry.send": true, "experiments.file": "/other", "completion.maxLines": 99, luck: 1 };
  const rule = { fractional: [{ var: "targetingKey" }, ["on", 1], ["same", 1]] };
  const variants = { on: values, same: values };
  writeFileSync(file, JSON.stringify({ flags: { e: { state: "ENABLED", variants, targeting: rule } } }));
  const arms = new Arms();
  const { configuration, messages } = await start(arms);
  expect(configuration.settings.telemetry.send).toBe(false);
  expect(configuration.settings.experiments.file).toBe(file);
  expect(configuration.settings.completion.maxLines).toBe(9);
  expect(messages.map((message) => /Experiment: (\S+)/.exec(message)?.[1]).sort()).toEqual([
    "completion.maxLines",
    "experiments.file",
    "luck",
    "telemetry.send",
  ]);
  await arms.dispose();
});

test("an arm switches features of the engine off by name, and sources of context with them", async () => {
  const values = { "engine.disabled": ["healing", "bm25"] };
  const rule = { fractional: [{ var: "targetingKey" }, ["without", 1], ["same", 1]] };
  const variants = { without: values, same: values };
  writeFileSync(file, JSON.stringify({ flags: { e: { state: "ENABLED", variants, targeting: rule } } }));
  const arms = new Arms();
  const { configuration, messages } = await start(arms);
  expect(completionSettingsOf(configuration.settings).disabled).toEqual(["healing", "bm25"]);
  expect(disabledSources(configuration.settings)).toContain("bm25");
  expect(messages).toEqual([]);
  await arms.dispose();
});

test("an arm with a feature that does not exist changes nothing and says which there are", async () => {
  const values = { "engine.disabled": ["healing", "luck"] };
  const rule = { fractional: [{ var: "targetingKey" }, ["without", 1], ["same", 1]] };
  const variants = { without: values, same: values };
  writeFileSync(file, JSON.stringify({ flags: { e: { state: "ENABLED", variants, targeting: rule } } }));
  const arms = new Arms();
  const { configuration, messages } = await start(arms);
  expect(completionSettingsOf(configuration.settings).disabled).toBeUndefined();
  expect(messages).toEqual([expect.stringMatching(/engine\.disabled is .*"luck".*expected one of .*"healing"/)]);
  await arms.dispose();
});

test.each([
  ["a file that is not there", () => rmSync(file, { force: true }), /No experiment runs: ENOENT/],
  ["a damaged file", () => writeFileSync(file, "{"), /No experiment runs: .* is no JSON/],
])("%s is told once, and the user's settings hold", async (_, prepare, message) => {
  prepare();
  const arms = new Arms();
  const { configuration, messages } = await start(arms);
  await arms.look();
  await arms.look();
  expect(configuration.settings.completion.maxLines).toBe(9);
  expect(messages).toEqual([expect.stringMatching(message)]);
  await arms.dispose();
});

test("nobody is in an experiment without an id", async () => {
  write({});
  const arms = new Arms();
  const { configuration, messages } = await start(arms, {});
  expect(configuration.arms).toBeUndefined();
  expect(messages).toEqual([expect.stringContaining("keeps no id")]);
  await arms.dispose();
});
