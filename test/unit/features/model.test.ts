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
  it.each([undefined, null, 7, "x", [], { streaming: "yes", modelDirectory: 7 }, { modelDirectory: "" }])(
    "takes nothing from %j",
    (options) => {
      expect(readInitializationOptions(options)).toEqual({ streaming: false, modelDirectory: undefined });
    },
  );

  it("reads what is there", () => {
    expect(readInitializationOptions({ streaming: true, modelDirectory: "/m" })).toEqual({
      streaming: true,
      modelDirectory: "/m",
    });
  });
});
