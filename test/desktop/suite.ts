// Tests inside the extension host, with VS Code's API: `npm run test:desktop` runs them in a desktop VS Code, and the
// end-to-end tests in the served one. An extension host has no test runner; this is the little that is needed.
import assert from "node:assert/strict";
import {
  ConfigurationTarget,
  commands,
  extensions,
  type Position,
  Selection,
  type TextEditor,
  window,
  workspace,
} from "vscode";
import type { ExtensionApi } from "../../client/src/extension.js";

/** Long enough to load a model on a busy machine. */
const PATIENCE_MILLISECONDS = 60_000;

const POLL_MILLISECONDS = 25;

const CASES: Readonly<Record<string, () => Promise<void>>> = {
  "the extension is activated and becomes ready": async () => {
    await untilState("ready");
  },

  "every command of the manifest exists": async () => {
    const { contributes } = horizon().packageJSON as { contributes: { commands: { command: string }[] } };
    const existing = new Set(await commands.getCommands(true));
    assert.deepEqual(
      contributes.commands.map(({ command }) => command).filter((command) => !existing.has(command)),
      [],
    );
  },

  "no proposed API is asked for": async () => {
    assert.equal(horizon().packageJSON.enabledApiProposals, undefined);
  },

  "a suggestion is offered and can be accepted": async () => {
    await untilState("ready");
    const code = "def add(first, second):\n    return first + second\n\n\ndef subtract(first, second):\n    return ";
    const editor = await openAtEnd(code);
    await untilAccepted(editor);
    assert.ok(editor.document.getText().startsWith(code), "accepting a suggestion changes nothing before the caret");
  },

  "switched off it suggests nothing, switched on it suggests again": async () => {
    await commands.executeCommand("horizon.disable");
    await untilState("off");
    await commands.executeCommand("horizon.toggle");
    await untilState("ready");
    await untilAccepted(await openAtEnd("def multiply(first, second):\n    return "));
  },

  "restarted it becomes ready again": async () => {
    await commands.executeCommand("horizon.restart");
    await untilState("ready");
    await untilAccepted(await openAtEnd("def divide(first, second):\n    return "));
  },
};

/**
 * Runs every case and prints how it went; VS Code calls this.
 *
 * @throws Error when a case failed
 */
export async function run(): Promise<void> {
  const failed = await runCases((line) => console.log(line));
  if (failed > 0) {
    throw new Error(`${failed} of the extension-host tests failed.`);
  }
}

/**
 * Runs every case.
 *
 * @param report is told one line for each case, and at last one that starts with "end"
 * @returns how many failed
 */
export async function runCases(report: (line: string) => void): Promise<number> {
  let failed = 0;
  for (const [name, test] of Object.entries(CASES)) {
    try {
      await test();
      report(`passed: ${name}`);
    } catch (error) {
      failed++;
      report(`failed: ${name}: ${error instanceof Error ? error.message : error}`);
    } finally {
      await commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
      await workspace.getConfiguration("horizon").update("enabled", undefined, ConfigurationTarget.Global);
    }
  }
  report(`end: ${Object.keys(CASES).length - failed} passed, ${failed} failed`);
  return failed;
}

function horizon() {
  const extension = extensions.getExtension<ExtensionApi>("horizon.horizon-fim");
  assert.ok(extension, "the extension is installed");
  return extension;
}

async function untilState(expected: string): Promise<void> {
  const api = await horizon().activate();
  await until(
    () => api.state.state === expected,
    () => `the state is ${JSON.stringify(api.state)}, not "${expected}"`,
  );
}

async function openAtEnd(content: string): Promise<TextEditor> {
  const document = await workspace.openTextDocument({ language: "python", content });
  const editor = await window.showTextDocument(document);
  const end: Position = document.lineAt(document.lineCount - 1).range.end;
  editor.selection = new Selection(end, end);
  return editor;
}

/** Asks for a suggestion and accepts it, until the document has grown. */
async function untilAccepted(editor: TextEditor): Promise<void> {
  const before = editor.document.getText();
  await until(
    async () => {
      await commands.executeCommand("editor.action.inlineSuggest.trigger");
      await commands.executeCommand("editor.action.inlineSuggest.commit");
      return editor.document.getText() !== before;
    },
    () => "no suggestion was offered",
  );
}

async function until(isTrue: () => boolean | Promise<boolean>, complaint: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (!(await isTrue())) {
    assert.ok(Date.now() < deadline, complaint());
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}
