// The settings that package.json offers are the ones the server reads, and no value that a user writes stops the server.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  configurationProperties,
  DEFAULT_SETTINGS,
  isLanguageEnabled,
  parseSettings,
} from "../../../server/src/settings.js";

const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));

describe("package.json", () => {
  it("offers exactly the settings of the server, with their types, defaults, limits and descriptions", () => {
    expect(manifest.contributes.configuration.properties).toEqual(configurationProperties());
  });

  it("keeps a folder that somebody else wrote from choosing the model", () => {
    expect(configurationProperties()["horizon.model.path"]).toMatchObject({ scope: "machine" });
  });
});

describe("parseSettings", () => {
  it.each([[undefined], [null], [{}]])("gives the defaults for %o", (section) => {
    expect(parseSettings(section)).toEqual({ settings: DEFAULT_SETTINGS, problems: [] });
    expect(DEFAULT_SETTINGS.enabled).toBe(true);
    expect(DEFAULT_SETTINGS.model).toEqual({ path: "", threads: 0 });
  });

  it("reads nested and dotted keys", () => {
    const nested = parseSettings({ model: { threads: 4 }, completion: { maxLines: 1 } });
    const dotted = parseSettings({ "model.threads": 4, "completion.maxLines": 1 });
    expect(nested.settings.model.threads).toBe(4);
    expect(nested.settings.completion.maxLines).toBe(1);
    expect(dotted).toEqual(nested);
    expect(nested.problems).toEqual([]);
  });

  it.each([
    ["horizon.enabled", { enabled: "yes" }, "boolean"],
    ["horizon.completion.maxLines", { completion: { maxLines: 0 } }, ">=1"],
    ["horizon.completion.maxLines", { completion: { maxLines: 2.5 } }, "int"],
    ["horizon.model.threads", { model: { threads: 17 } }, "<=16"],
    ["horizon.model.path", { model: { path: 7 } }, "string"],
    ["horizon.model.path", { model: { path: "models/mine" } }, "absolute"],
    ["horizon.trace.server", { trace: { server: "loud" } }, "verbose"],
    ["horizon.languages", { languages: ["python"] }, "object"],
    ["horizon", [], "object"],
  ])("falls back to the default of %s and says why", (key, section, reason) => {
    const { settings, problems } = parseSettings(section);
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.key).toBe(key);
    expect(problems[0]?.message).toContain(reason);
  });

  it("keeps what is right beside what is wrong", () => {
    const { settings, problems } = parseSettings({ model: { threads: "many", path: "~/models/mine" } });
    expect(settings.model).toEqual({ path: "~/models/mine", threads: 0 });
    expect(problems.map(({ key }) => key)).toEqual(["horizon.model.threads"]);
  });

  it.each(["/models/mine", "~/models/mine", "C:\\models\\mine", "d:/models", "\\\\server\\models"])(
    "takes %s as the folder of a model",
    (path) => {
      expect(parseSettings({ model: { path } })).toMatchObject({ settings: { model: { path } }, problems: [] });
    },
  );
});

describe("languages", () => {
  it("are read one by one: a wrong one leaves the others alone", () => {
    const { settings, problems } = parseSettings({ languages: { python: false, rust: true, go: "no" } });
    expect(isLanguageEnabled(settings, "python")).toBe(false);
    expect(isLanguageEnabled(settings, "rust")).toBe(true);
    expect(isLanguageEnabled(settings, "go")).toBe(true);
    expect(isLanguageEnabled(settings, "typescript")).toBe(true);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('"go"');
  });

  it("are off when nobody named them, whatever they are called", () => {
    for (const languageId of ["plaintext", "toString", "__proto__"]) {
      expect(isLanguageEnabled(DEFAULT_SETTINGS, languageId)).toBe(false);
    }
  });

  it("are all off when Horizon is", () => {
    expect(isLanguageEnabled(parseSettings({ enabled: false }).settings, "python")).toBe(false);
  });
});
