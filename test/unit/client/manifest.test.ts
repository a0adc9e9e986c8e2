// The manifest promises an editor version, and asks for nothing that only some editors grant.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

test("the API that the sources are checked against is the oldest editor's that the manifest allows", () => {
  const { version } = JSON.parse(readFileSync(path.join(root, "node_modules/@types/vscode/package.json"), "utf8"));
  expect(manifest.engines.vscode).toBe(`^${version}`);
});

/** All that runs in the editor's process. */
function clientSources(): string[] {
  return ["client/src", "server/src/telemetry"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(root, folder, file)),
  );
}

test("no proposed API is used", () => {
  expect(manifest.enabledApiProposals).toBeUndefined();
  // Proposed members of the API of inline completions: served editors call them even where they are not granted. All
  // other proposed names do not compile against the stable API's types.
  const proposed =
    /handleDidShowCompletionItem|handleDidPartiallyAcceptCompletionItem|handleEndOfLifetime|handleDidRejectCompletionItem|handleListEndOfLifetime|InlineCompletionEndOfLifeReason|PartialAcceptInfo|requestUuid|requestIssuedDateTime|earliestShownDateTime|userPrompt|showInlineEditMenu|isInlineEdit|showRange|completeBracketPairs|jumpToPosition|inlineCompletionsAdditions|vscode\.proposed/;
  const sources = clientSources();
  expect(sources.length).toBeGreaterThan(20);
  for (const file of sources) {
    expect(readFileSync(file, "utf8"), file).not.toMatch(proposed);
  }
});

test("every command of the manifest is registered, and no other", () => {
  const registered = [
    ...readFileSync(path.join(root, "client/src/commands.ts"), "utf8").matchAll(/"(horizon\.\w+)":/g),
  ];
  const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  expect(registered.map(([, id]) => id).sort()).toEqual([...declared].sort());
});
