// What a user sees in a real VS Code, on code that nobody here wrote: ghost text comes, is accepted, is sent away, is
// typed through, is typed against, and comes back after a crash.
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { copyPythonCode, copyTypeScriptCode } from "../support/codeFolders.js";
import { until } from "../support/until.js";
import { Editor, PLAIN_SETTINGS } from "./editor.js";

const screenshotPath = path.resolve(import.meta.dirname, "../../media/screenshot.png");

/** What is typed at the end of a file, as its author could have: `begun` in any case, `typed` until ghost text comes. */
const LANGUAGES = [
  {
    language: "Python",
    fill: copyPythonCode,
    file: "textwrap.py",
    begun: "\n\nclass Paragraph:\ndef __init__(self, text, width):\nself.text = text\n",
    typed: "self.width = width\nself.lines = wrap(self.text, self.width)\nself.size = len(self.lines)\n",
    unrelated: "qzj = 74 + kxw",
  },
  {
    language: "TypeScript",
    fill: copyTypeScriptCode,
    file: "registries.ts",
    begun: "\n\nexport function describeName(name: string, limit: number): string {\n",
    typed:
      "const length = name.length;\nconst isLong = length > limit;\nreturn isLong ? name.slice(0, limit) : name;\n",
    unrelated: "qzj = 74 + kxw",
  },
];

describe.each(LANGUAGES)("in $language", ({ language, fill, file, begun, typed, unrelated }) => {
  let editor: Editor;

  beforeAll(async () => {
    editor = await Editor.start({ fill });
  });

  afterAll(async () => {
    await editor?.stop();
  });

  afterEach(async () => {
    await editor.revertAndClose();
  });

  test("ghost text appears while typing", async () => {
    await editor.openAtEnd(file);
    await editor.type(begun, 5);
    const ghostText = await editor.typeUntilGhostText(typed);
    expect(ghostText.trim()).not.toBe("");
  });

  test("Tab inserts exactly the ghost text", async () => {
    await editor.openAtEnd(file);
    await editor.type(begun, 5);
    const ghostText = await editor.typeUntilGhostText(typed);
    const before = await editor.savedText(file);
    const { line, column } = await editor.caret();
    expect(await editor.ghostText()).toBe(ghostText);

    await editor.press("Tab");
    await editor.untilNoLongerShown(ghostText);

    const lines = before.split("\n");
    const offset = lines.slice(0, line - 1).join("\n").length + 1 + column - 1;
    expect(await editor.savedText(file)).toBe(before.slice(0, offset) + ghostText + before.slice(offset));
  });

  test("Escape removes the ghost text and leaves the file as it was", async () => {
    await editor.openAtEnd(file);
    await editor.type(begun, 5);
    await editor.typeUntilGhostText(typed);
    const before = await editor.savedText(file);

    await editor.press("Escape");
    await editor.untilNoGhostText();

    await editor.untilStatus(/Ready/);
    expect(await editor.ghostTextNow()).toBeUndefined();
    expect(await editor.savedText(file)).toBe(before);
  });

  test("typing what the ghost text says keeps it", async () => {
    await editor.openAtEnd(file);
    await editor.type(begun, 5);
    const ghostText = await editor.typeUntilGhostText(typed);
    const [head = ""] = ghostText.trimStart();
    const same = ghostText.slice(0, ghostText.indexOf(head) + 1);

    await editor.type(same);
    await editor.untilGhostText(ghostText.slice(same.length));
  });

  test("typing something else cancels what is being written", async () => {
    await editor.openAtEnd(file);
    await editor.type(begun, 5);
    await editor.typeUntilGhostText(typed);
    const cancelled = () => editor.logged(/inlineCompletion.*(?:-32800|cancel)/i).length;
    const before = cancelled();

    await until("a request that is cancelled", async () => {
      await editor.type(unrelated);
      return cancelled() > before;
    });
    await editor.untilStatus(/Ready/);
    expect(editor.logged(/Sending notification '\$\/cancelRequest'/)).not.toHaveLength(0);
  });

  // The picture in the README; it is made anew on request, so that a run of the tests changes no file.
  if (language === "Python" && process.env.HORIZON_SCREENSHOT === "1") {
    test("a picture of ghost text", async () => {
      await editor.openAtEnd(file);
      await editor.type(begun, 5);
      await editor.type("self.width = ");
      await editor.settledGhostText();
      await editor.page.screenshot({ path: screenshotPath });
    });
  }
});

describe("Horizon itself", () => {
  let editor: Editor;
  const [{ fill, file, begun, typed }] = LANGUAGES as [(typeof LANGUAGES)[number]];

  beforeAll(async () => {
    editor = await Editor.start({ fill });
  });

  afterAll(async () => {
    await editor?.stop();
  });

  afterEach(async () => {
    await editor.revertAndClose();
  });

  test("suggests nothing while switched off, and suggests again when switched on", async () => {
    await editor.openAtEnd(file);
    await editor.type(begun, 5);
    await editor.typeUntilGhostText(typed);

    await editor.runCommand("Horizon: Switch Off");
    await editor.untilStatus(/Off/);
    await until("the model to be unloaded", () => editor.modelProcess() === undefined);
    await editor.runCommand("View: Focus Active Editor Group");
    await expect(editor.typeUntilGhostText("\nself.lines = w")).rejects.toThrow("No ghost text appeared");

    await editor.runCommand("Horizon: Switch On");
    await editor.untilStatus(/Ready/);
    await editor.runCommand("View: Focus Active Editor Group");
    await editor.typeUntilGhostText("\nself.text = text\nself.width = width");
  });

  test.each([
    { name: "server", find: () => editor.serverProcess() },
    { name: "model", find: () => editor.modelProcess() },
  ])("a killed $name process comes back, and the status bar says so", async ({ find }) => {
    await editor.openAtEnd(file);
    await editor.type(begun, 5);
    await editor.typeUntilGhostText(typed);
    const killed = await until("the process", find);
    const { length: alreadySaid } = await editor.statusHistory();

    process.kill(killed.pid, "SIGKILL");

    const restarted = await until("a new process", () => {
      const found = find();
      return found?.pid === killed.pid ? undefined : found;
    });
    expect(restarted.pid).not.toBe(killed.pid);
    await until("the status bar to say that it was gone and is ready again", async () => {
      const said = (await editor.statusHistory()).slice(alreadySaid);
      const gone = said.findIndex((label) => /Error|Starting/.test(label));
      return gone >= 0 && said.slice(gone).some((label) => /Ready/.test(label));
    });
    await editor.typeUntilGhostText("\nself.text = text\nself.width = width");
  });
});

test("ghost text appears in an editor whose settings nobody has changed", async () => {
  const [{ fill, file, begun, typed }] = LANGUAGES as [(typeof LANGUAGES)[number]];
  const editor = await Editor.start({ fill, settings: PLAIN_SETTINGS });
  try {
    await editor.openAtEnd(file);
    await editor.type(begun);
    await editor.typeUntilGhostText(typed);
  } finally {
    await editor.stop();
  }
});
