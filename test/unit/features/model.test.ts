// Which folder a model is loaded from.
import { describe, expect, it } from "vitest";
import { readInitializationOptions } from "../../../server/src/features/initializationOptions.js";
import { expandHome } from "../../../server/src/features/model.js";

describe("expandHome", () => {
  it.each([
    ["~/models/mine", "/home/me/models/mine"],
    ["/models/~/mine", "/models/~/mine"],
    ["/models/mine", "/models/mine"],
  ])("%s", (path, expanded) => {
    expect(expandHome(path, "/home/me")).toBe(expanded);
  });
});

describe("readInitializationOptions", () => {
  const nothing = {
    streaming: false,
    modelDirectory: undefined,
    recordPromptsTo: undefined,
    trusted: false,
    storagePath: undefined,
  };

  it.each([
    undefined,
    null,
    7,
    "x",
    [],
    { streaming: "yes", modelDirectory: 7, trusted: "true", storagePath: 3 },
    { modelDirectory: "", storagePath: "" },
  ])("takes nothing from %j", (options) => {
    expect(readInitializationOptions(options)).toEqual(nothing);
  });

  it("reads what is there", () => {
    const given = { streaming: true, modelDirectory: "/m", trusted: true, storagePath: "/s", recordPromptsTo: "/r" };
    expect(readInitializationOptions(given)).toEqual(given);
  });
});
