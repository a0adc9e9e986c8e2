// The language server as its users meet it: a process, a client, real code.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  CancellationTokenSource,
  type InlineCompletionItem,
  InlineCompletionTriggerKind,
  LSPErrorCodes,
  type Position,
  type ResponseError,
} from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import {
  type CodeFile,
  CodeFolder,
  type Hole,
  makeHoles,
  openAnsweredHole,
  openGrowingHole,
  WITHIN_A_LINE,
} from "./realCode.js";
import { EDITOR_CAPABILITIES, type ServerOptions, ServerProcess } from "./serverProcess.js";

let code: CodeFolder;
const running: ServerProcess[] = [];

/**
 * What a prompt holds of the repository depends on how far the index is: repositoryContext.test.ts is about that. Here
 * answers are compared that are the same only where prompts are.
 */
const withoutContext = { context: { enabled: false } };

async function start(options: ServerOptions = {}): Promise<ServerProcess> {
  const settings = { ...withoutContext, ...(options.settings as object | undefined) };
  const server = await ServerProcess.start({ workspaceFolders: [code.workspace()], ...options, settings });
  running.push(server);
  return server;
}

async function startReady(options: ServerOptions = {}): Promise<ServerProcess> {
  const server = await start(options);
  await server.untilState("ready");
  return server;
}

async function open(server: ServerProcess, file: CodeFile): Promise<CodeFile> {
  await server.open(file.uri, file.languageId, file.text);
  return file;
}

/** Asks what comes in each hole of an open file. */
async function fill(server: ServerProcess, { uri }: CodeFile, holes: readonly Hole[]): Promise<InlineCompletionItem[]> {
  const items: InlineCompletionItem[] = [];
  for (const { text, position } of holes) {
    await server.change(uri, { text });
    items.push(...(await server.inlineCompletion(uri, position)));
  }
  return items;
}

/** Stops the model's process in its tracks: whatever is answered now is answered without it. */
async function withModelStopped(server: ServerProcess, action: () => Promise<void>): Promise<void> {
  const processes = server.modelProcesses();
  expect(processes).toHaveLength(1);
  for (const pid of processes) {
    process.kill(pid, "SIGSTOP");
  }
  try {
    await action();
  } finally {
    for (const pid of processes) {
      process.kill(pid, "SIGCONT");
    }
  }
}

beforeAll(async () => {
  code = await CodeFolder.create();
});

afterAll(() => code.remove());

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

describe("start", () => {
  it("says what it can do", async () => {
    const { initializeResult } = await start();
    expect(initializeResult.serverInfo?.name).toBe("Horizon");
    expect(initializeResult.capabilities).toMatchObject({
      inlineCompletionProvider: true,
      textDocumentSync: { openClose: true, change: 2 },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    });
    expect(initializeResult.capabilities).not.toHaveProperty("completionProvider");
  });

  it("says that it is starting, then that it is ready, and with which model", async () => {
    const server = await startReady();
    expect(server.states[0]).toEqual({ state: "starting" });
    expect(server.state).toMatchObject({ state: "ready", model: expect.stringMatching(/\S/) });
  });
});

describe("a request before the model is loaded", () => {
  it("waits for it", async () => {
    const { text, position, item, uri } = await openAnsweredHole(await startReady(), await code.python);
    const server = await start();
    await server.open(uri, "python", text);
    const answer = server.inlineCompletion(uri, position);
    expect(server.states.map(({ state }) => state)).not.toContain("ready");
    expect(await answer).toEqual([item]);
  });
});

describe.each(["python", "typeScript"] as const)("inline completion in %s", (language) => {
  it("goes on where the authors went on", async () => {
    const server = await startReady();
    const file = await open(server, await code[language]);
    const holes = makeHoles(file.text, WITHIN_A_LINE, 12);
    let answers = 0;
    for (const hole of holes) {
      for (const { insertText, range } of await fill(server, file, [hole])) {
        answers++;
        expect(insertText).toMatch(/\S/);
        expect(insertText).not.toMatch(/<fim_|<eom>|<file_sep>|<repo_name>|<\|endoftext/);
        expect(range).toEqual({ start: hole.position, end: hole.position });
      }
    }
    expect(answers).toBeGreaterThanOrEqual(holes.length / 4);
  });
});

describe("document changes", () => {
  it("give the same answer, whether they come piece by piece, as a whole text or as a newly opened document", async () => {
    const server = await startReady();
    const file = await code.python;
    const { uri, text, position, item } = await openAnsweredHole(server, file);
    await server.close(uri);

    // Typed at the caret, letter by letter, with a mistake and a correction, into a file that lacks the line.
    const lines = text.split("\n");
    const [typed = ""] = lines.splice(position.line, 1, "");
    expect(typed).toHaveLength(position.character);
    await server.open(uri, "python", lines.join("\n"));
    for (const [character, letter] of [...typed].entries()) {
      const at = { line: position.line, character };
      await server.change(
        uri,
        { range: { start: at, end: at }, text: `${letter}#` },
        { range: { start: { ...at, character: character + 1 }, end: { ...at, character: character + 2 } }, text: "" },
      );
    }
    expect(await server.inlineCompletion(uri, position)).toEqual([item]);
    await server.close(uri);

    await server.open(uri, "python", "something else");
    await server.change(uri, { text });
    expect(await server.inlineCompletion(uri, position)).toEqual([item]);
  });

  it("says nothing about a document that is not open", async () => {
    const server = await startReady();
    expect(await server.inlineCompletion("file:///nowhere/a.py", { line: 0, character: 0 })).toEqual([]);
  });
});

describe("cancellation", () => {
  it("answers a cancelled request at once, without waiting for the model, and then the next one", async () => {
    const server = await startReady();
    const python = await openAnsweredHole(server, await code.python);
    const typeScript = await openAnsweredHole(server, await code.typeScript);
    await server.change(python.uri, { text: `# Changed.\n${python.text}` });
    const position = { ...python.position, line: python.position.line + 1 };

    await withModelStopped(server, async () => {
      const source = new CancellationTokenSource();
      const answer = server.inlineCompletion(python.uri, position, undefined, source.token);
      await server.untilState("working");
      source.cancel();
      const error = await answer.then(
        () => undefined,
        (reason: ResponseError<void>) => reason,
      );
      expect(error?.code).toBe(LSPErrorCodes.RequestCancelled);
      await server.untilState("ready");
    });

    expect(await server.inlineCompletion(typeScript.uri, typeScript.position)).toEqual([typeScript.item]);
    await server.change(python.uri, { text: python.text });
    expect(await server.inlineCompletion(python.uri, python.position)).toEqual([python.item]);
  });

  it("gives up one place when another is asked for", async () => {
    const server = await startReady();
    const python = await openAnsweredHole(server, await code.python);
    const typeScript = await openAnsweredHole(server, await code.typeScript);
    await server.change(python.uri, { text: `# Changed.\n${python.text}` });
    await withModelStopped(server, async () => {
      const outdated = server.inlineCompletion(python.uri, { ...python.position, line: python.position.line + 1 });
      await server.untilState("working");
      const current = server.inlineCompletion(typeScript.uri, typeScript.position);
      expect(await outdated).toEqual([]);
      expect(await current).toEqual([typeScript.item]); // known from before: the model need not be asked
    });
  });

  it("stops writing when the document changes or closes", async () => {
    const server = await startReady();
    const { uri, text, position } = await openAnsweredHole(server, await code.python);
    await server.change(uri, { text: text.replaceAll("self", "this") }); // unknown to the server's memory
    const caret = { ...position, character: text.split("\n")[position.line]?.replaceAll("self", "this").length ?? 0 };
    await withModelStopped(server, async () => {
      const beforeChange = server.inlineCompletion(uri, caret);
      await server.untilState("working");
      await server.change(uri, { range: { start: caret, end: caret }, text: "zq" });
      expect(await beforeChange).toEqual([]);
      await server.untilState("ready");

      const beforeClose = server.inlineCompletion(uri, { ...caret, character: caret.character + 2 });
      await server.untilState("working");
      await server.close(uri);
      expect(await beforeClose).toEqual([]);
      await server.untilState("ready");
    });
  });
});

describe("streaming", () => {
  it("answers with the first line, sends the rest, and answers the repeated request with the whole", async () => {
    const server = await startReady({ initializationOptions: { streaming: true } });
    const files = [await code.python, await code.typeScript];
    const { uri, text, position, item, source, first, updates } = await openGrowingHole(server, files);
    for (const [index, update] of updates.entries()) {
      expect(update).toMatchObject({ uri, version: 1, position, done: index === updates.length - 1 });
      expect(update.text.startsWith(updates[index - 1]?.text ?? first)).toBe(true);
    }
    expect(item.insertText).toBe(updates.at(-1)?.text);

    const waiting = await startReady();
    await waiting.open(uri, source.languageId, text);
    expect(await waiting.inlineCompletion(uri, position)).toEqual([item]);
    expect(waiting.updates).toEqual([]); // it has not asked for any: its request waited for the whole text
  });
});

describe("typing on", () => {
  it("what was suggested is answered without the model", async () => {
    const server = await startReady();
    const { uri, position, item } = await openAnsweredHole(server, await code.python);
    const [first = "", ...rest] = [...String(item.insertText)];
    await withModelStopped(server, async () => {
      await server.change(uri, { range: { start: position, end: position }, text: first });
      const next = { ...position, character: position.character + first.length };
      const [answer] = await server.inlineCompletion(uri, next);
      expect(answer).toEqual({ insertText: rest.join(""), range: { start: next, end: next } });
    });
  });

  it("goes on from the selected item of the suggest widget", async () => {
    const server = await startReady();
    const { uri, text, position, item } = await openAnsweredHole(server, await code.python);
    // Take the last word before the caret back to its first letter, and let the widget offer the whole of it.
    const line = text.split("\n")[position.line]?.slice(0, position.character) ?? "";
    const [, , word = "", behind = ""] = /^(.*?)(\w+)(\W*)$/.exec(line) ?? [];
    expect(word).not.toBe("");
    const start = { ...position, character: position.character - behind.length - word.length };
    const caret = { ...start, character: start.character + 1 };
    await server.change(uri, { range: { start: caret, end: position }, text: "" });
    const selected = { range: { start, end: caret }, text: word + behind };
    expect(
      await server.inlineCompletion(uri, caret, {
        triggerKind: InlineCompletionTriggerKind.Automatic,
        selectedCompletionInfo: selected,
      }),
    ).toEqual([{ insertText: `${word}${behind}${item.insertText}`, range: { start, end: caret } }]);
  });
});

describe("settings", () => {
  it("off unloads the model and answers nothing; on brings it back", async () => {
    const server = await startReady();
    const { uri, position, item } = await openAnsweredHole(server, await code.python);
    const processes = server.modelProcesses();
    expect(processes).toHaveLength(1);

    await server.configure({ ...withoutContext, enabled: false });
    expect(await server.untilState("off")).toMatchObject({ reason: expect.stringContaining("horizon.enabled") });
    expect(await server.inlineCompletion(uri, position)).toEqual([]);

    await server.configure({ ...withoutContext, enabled: true });
    await server.untilState("ready");
    expect(await server.inlineCompletion(uri, position)).toEqual([item]);
    expect(server.modelProcesses()).toHaveLength(1);
    expect(server.modelProcesses()).not.toEqual(processes);
  });

  it("may be changed faster than a model loads", async () => {
    const server = await startReady();
    const { uri, position, item } = await openAnsweredHole(server, await code.python);
    for (const enabled of [false, true, false, true, false, true]) {
      await server.configure({ ...withoutContext, enabled, model: { threads: enabled ? 1 : 2 } });
    }
    expect(await server.inlineCompletion(uri, position)).toEqual([item]);
    expect(server.state?.state).toBe("ready");
    expect(server.modelProcesses()).toHaveLength(1);
  });

  it("is off from the start when the settings say so, without a model in memory", async () => {
    const server = await start({ settings: { enabled: false } });
    await server.untilState("off");
    expect(server.modelProcesses()).toEqual([]);
  });

  it("switches single languages, those that Horizon was not trained on included", async () => {
    const server = await startReady({ settings: { languages: { python: false } } });
    const python = await open(server, await code.python);
    const typeScript = await open(server, await code.typeScript);
    const lua = await open(server, { ...python, uri: "file:///a.lua", languageId: "lua" });
    const inPython = makeHoles(python.text, WITHIN_A_LINE, 12);
    const inTypeScript = makeHoles(typeScript.text, WITHIN_A_LINE, 12);
    expect(await fill(server, python, inPython)).toEqual([]);
    expect(await fill(server, typeScript, inTypeScript)).not.toEqual([]);
    expect(await fill(server, lua, inPython)).toEqual([]);

    await server.configure({ ...withoutContext, languages: { typescript: false, lua: true } });
    expect(await fill(server, python, inPython)).not.toEqual([]);
    expect(await fill(server, typeScript, inTypeScript)).toEqual([]);
    expect(await fill(server, lua, inPython)).not.toEqual([]);
  });

  it("limits the lines without loading the model again", async () => {
    const server = await startReady({ initializationOptions: { streaming: true } });
    const processes = server.modelProcesses();
    const { uri, position, item } = await openGrowingHole(server, [await code.python, await code.typeScript]);
    const lineCount = async (): Promise<number> => {
      const [answer] = await server.inlineCompletion(uri, position);
      return answer === undefined ? 0 : String(answer.insertText).trim().split("\n").length;
    };
    expect(await lineCount()).toBeGreaterThan(1);
    await server.configure({ ...withoutContext, completion: { maxLines: 1 } });
    expect(await lineCount()).toBeLessThanOrEqual(1);
    await server.configure({ ...withoutContext, completion: { maxLines: 12 } });
    await server.inlineCompletion(uri, position);
    await server.untilState("ready");
    expect(await server.inlineCompletion(uri, position)).toEqual([item]);
    expect(server.modelProcesses()).toEqual(processes);
  });

  it("reports a wrong value once, uses the default and lives on", async () => {
    const server = await startReady({ settings: { model: { threads: "many" } } });
    expect(server.messages).toEqual([expect.stringMatching(/horizon\.model\.threads is "many".*default 0/)]);
    await server.configure({ model: { threads: "many" }, enabled: "perhaps" });
    await server.until("the second problem", () => server.messages.length > 1);
    expect(server.messages).toHaveLength(2);
    expect(server.messages[1]).toContain("horizon.enabled");
    expect(server.state?.state).toBe("ready");
  });

  it("are taken as they are sent from clients that cannot be asked", async () => {
    const server = await startReady({ capabilities: { textDocument: { inlineCompletion: {} } } });
    await server.pushConfiguration({ horizon: { enabled: false } });
    await server.untilState("off");
    await server.pushConfiguration({ other: {} });
    await server.untilState("ready");
    await server.pushConfiguration(null);
    expect(server.state?.state).toBe("ready");
  });
});

describe("clients without inline completion", () => {
  it("get the same text as an item of the suggest widget", async () => {
    const withGhostText = await startReady();
    const without = await startReady({
      capabilities: { ...EDITOR_CAPABILITIES, textDocument: { completion: {} } },
    });
    expect(without.initializeResult.capabilities.completionProvider).toBeDefined();
    const file = await open(withGhostText, await code.typeScript);
    await open(without, file);
    let compared = 0;
    for (const hole of makeHoles(file.text, WITHIN_A_LINE, 12)) {
      const [ghost] = await fill(withGhostText, file, [hole]);
      await without.change(file.uri, { text: hole.text });
      const [item, ...others] = await without.completion(file.uri, hole.position);
      expect(others).toEqual([]);
      expect(item === undefined).toBe(ghost === undefined);
      if (item?.textEdit === undefined || !("range" in item.textEdit) || ghost?.range === undefined) {
        continue;
      }
      compared++;
      const document = TextDocument.create(file.uri, file.languageId, 1, hole.text);
      const accepted = TextDocument.applyEdits(document, [{ range: ghost.range, newText: String(ghost.insertText) }]);
      expect(TextDocument.applyEdits(document, [item.textEdit])).toBe(accepted);
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe("input that is not as it should be", () => {
  const places: [string, string, Position][] = [
    ["an empty document", "", { line: 0, character: 0 }],
    ["a place below the end", "x = 1\n", { line: 99, character: 3 }],
    ["a place right of the line", "x = 1\ny = ", { line: 1, character: 99 }],
    ["halves of surrogate pairs", 'a = "\ud83d"\nb = "\ude00"\nc = "\ud83d', { line: 2, character: 6 }],
    ["a place inside a surrogate pair", 'a = "😀', { line: 0, character: 6 }],
    ["CRLF", "def f(x):\r\n    y = x\r\n    return ", { line: 2, character: 11 }],
    ["tabs", "def f(x):\n\ty = x\n\treturn ", { line: 2, character: 8 }],
    ["a NUL", "x = 1\n\0\0\0y = ", { line: 1, character: 7 }],
    ["text that looks like special tokens", "<fim_middle><eom>\nx = <fim_prefix>", { line: 1, character: 16 }],
    ["a line of 100 KB", `x = "${"ab ".repeat(33_000)}" + `, { line: 0, character: 99_008 }],
    ["11 MB", `${"value = compute(value)\n".repeat(500_000)}x = `, { line: 500_000, character: 4 }],
  ];

  it.each(places)("%s is answered soundly", async (_, text, position) => {
    const server = await startReady();
    const uri = "untitled:Untitled-1";
    await server.open(uri, "python", text);
    for (const { insertText, range } of await server.inlineCompletion(uri, position)) {
      expect(insertText).toMatch(/\S/);
      expect(insertText).not.toMatch(/\p{Surrogate}/u);
      expect(range?.start.line).toBeLessThan(text.split("\n").length);
      if (text.includes("\r\n")) {
        expect(insertText).not.toMatch(/[^\r]\n/);
      }
    }
    expect(server.state?.state).toBe("ready");
  });

  it("a request without its parameters gets an error, the next one an answer", async () => {
    const server = await startReady();
    await expect(server.connection.sendRequest("textDocument/inlineCompletion", { nothing: true })).rejects.toThrow();
    await openAnsweredHole(server, await code.python);
  });

  it("no folder is open, or an empty one", async () => {
    const empty = await mkdtemp(path.join(tmpdir(), "horizon-empty-"));
    for (const workspaceFolders of [[], [{ uri: pathToFileURL(empty).href, name: "empty" }]]) {
      const server = await startReady({ workspaceFolders });
      await openAnsweredHole(server, { ...(await code.python), uri: "untitled:Untitled-1" });
    }
    await rm(empty, { recursive: true });
  });
});
