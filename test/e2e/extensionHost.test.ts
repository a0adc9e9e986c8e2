// Runs the extension-host tests of test/desktop in the served VS Code: an extension beside Horizon starts them and
// writes their results to a file.
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyPythonCode } from "../support/codeFolders.js";
import { until } from "../support/until.js";
import { Editor } from "./editor.js";

const bundle = path.resolve(import.meta.dirname, "../../build/extensionHostTests.js");

/** The extension beside Horizon. */
const STARTER = `
const { appendFileSync } = require("node:fs");
const { join } = require("node:path");
exports.activate = () =>
  void require("./tests.js").runCases((line) => appendFileSync(join(__dirname, "results"), line + "\\n"));
`;

let editor: Editor;
let resultsPath: string;

beforeAll(async () => {
  editor = await Editor.start({ fill: copyPythonCode, install: installTests });
});

afterAll(async () => {
  await editor?.stop();
});

test("the extension-host tests pass", async () => {
  const results = () => (existsSync(resultsPath) ? readFileSync(resultsPath, "utf8").split("\n") : []);
  await until("the end of the tests", () => results().some((result) => result.startsWith("end")), 170_000);
  expect(results().filter((result) => result.startsWith("failed"))).toEqual([]);
  expect(results().filter((result) => result.startsWith("passed"))).not.toEqual([]);
});

async function installTests(extensionsFolder: string): Promise<void> {
  const folder = path.join(extensionsFolder, "horizon.horizon-fim-tests-0.0.0");
  resultsPath = path.join(folder, "results");
  await mkdir(folder);
  const manifest = {
    name: "horizon-fim-tests",
    publisher: "horizon",
    version: "0.0.0",
    engines: { vscode: "^1.91.0" },
    main: "./main.js",
    activationEvents: ["onStartupFinished"],
  };
  await writeFile(path.join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(path.join(folder, "main.js"), STARTER);
  await copyFile(bundle, path.join(folder, "tests.js"));
}
