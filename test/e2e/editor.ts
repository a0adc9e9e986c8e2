// A real VS Code in a real browser with Horizon installed, and the hands and eyes of its user.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { type CodeServer, startCodeServer } from "../../scripts/codeServer.mjs";
import { stageExtension } from "../../scripts/stageExtension.mjs";
import { ensureBrowser } from "../../scripts/systemPackages.mjs";
import { descendantsOf, type RunningProcess } from "../support/processTree.js";
import { BROWSER_ARGUMENTS, STATUS_ITEM } from "../support/servedEditor.mjs";
import { PATIENCE_MILLISECONDS, until } from "../support/until.js";

/** The editor as shipped, with Horizon's messages in its log. */
export const PLAIN_SETTINGS = {
  "horizon.trace.server": "messages",
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "files.autoSave": "off",
};

/** The same without what would stand between a test and ghost text. */
export const SETTINGS = {
  ...PLAIN_SETTINGS,
  // The list of words would take Tab for itself; a bracket that closes itself would stand behind the caret.
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.suggestOnTriggerCharacters": false,
  "editor.autoClosingBrackets": "never",
  "editor.autoClosingQuotes": "never",
  // A model that is measured, or writes less under load, does something else than the test asks for.
  "horizon.model.threads": 2,
  "horizon.power.saving": false,
};

/** A character that has no answer after this time is not waited for; the next one is typed. */
const ANSWER_PATIENCE_MILLISECONDS = 3000;

/** What an editor is started with. */
export interface EditorOptions {
  /** Writes the code into the folder. */
  readonly fill: (folder: string) => Promise<void>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** VS Code's own telemetry is on, as in an editor on a desktop; default off. */
  readonly allowTelemetry?: boolean;
  /** Puts further extensions beside Horizon. */
  readonly install?: (extensionsFolder: string) => Promise<void>;
}

/** One editor on one folder; `stop` ends everything that it started. */
export class Editor {
  private constructor(
    private readonly state: string,
    private readonly server: CodeServer,
    private readonly browser: Browser,
    /** The workbench. */
    readonly page: Page,
    private readonly folder: string,
  ) {}

  /** Starts VS Code with Horizon on a folder and waits until Horizon is ready. */
  static async start({
    fill,
    settings = SETTINGS,
    allowTelemetry = false,
    install = async () => {},
  }: EditorOptions): Promise<Editor> {
    const executablePath = await ensureBrowser();
    // The real path: macOS and some Linux systems have a link for the temporary folder, and VS Code resolves it.
    const state = await realpath(await mkdtemp(path.join(tmpdir(), "horizon-e2e-")));
    const folder = path.join(state, "code");
    await mkdir(path.join(state, "data", "User"), { recursive: true });
    await writeFile(path.join(state, "data", "User", "settings.json"), JSON.stringify(settings, null, 2));
    await fill(folder);
    const extensionsFolder = path.join(state, "extensions");
    await stageExtension(extensionsFolder);
    await install(extensionsFolder);
    const server = await startCodeServer({
      folder,
      extensionsFolder,
      userDataFolder: path.join(state, "data"),
      allowTelemetry,
    });
    const browser = await chromium.launch({ executablePath, args: BROWSER_ARGUMENTS });
    const page = await browser.newPage({ viewport: { width: 1200, height: 720 } });
    page.setDefaultTimeout(PATIENCE_MILLISECONDS);
    const editor = new Editor(state, server, browser, page, folder);
    try {
      await page.addInitScript(recordStatus, STATUS_ITEM);
      await page.goto(`${server.address}/?folder=${folder}`);
      await page.waitForSelector(".monaco-workbench");
      await editor.untilStatus(/Ready/);
    } catch (error) {
      const log = editor.log();
      await editor.stop();
      throw new Error(`The editor did not become ready. Horizon's log:\n${log}`, { cause: error });
    }
    return editor;
  }

  /** Ends the browser and the editor, and removes what they wrote. */
  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await rm(this.state, { recursive: true, force: true });
  }

  /** Opens a file of the folder and puts the caret at its end. */
  async openAtEnd(file: string): Promise<void> {
    await this.page.keyboard.press("Control+P");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(file);
    await this.page
      .locator(".quick-input-list .monaco-list-row", { hasText: path.basename(file) })
      .first()
      .waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.locator(`.tab.active[data-resource-name="${path.basename(file)}"]`).waitFor();
    await this.page.locator(".editor-instance .view-line").first().waitFor();
    await this.page.keyboard.press("Control+End");
  }

  /** Undoes every change of the active file and closes it. */
  async revertAndClose(): Promise<void> {
    await this.runCommand("Revert and Close Editor");
    await this.page.locator(".tab.active").waitFor({ state: "detached" });
  }

  /** Runs a command as a user would, from the palette. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().waitFor();
    await this.page.keyboard.press("Enter");
    await input.waitFor({ state: "hidden" });
  }

  /** Types at the speed of a quick typist. */
  async type(text: string, delayMilliseconds = 60): Promise<void> {
    for (const character of text) {
      await (character === "\n"
        ? this.page.keyboard.press("Enter", { delay: delayMilliseconds })
        : this.page.keyboard.type(character, { delay: delayMilliseconds }));
    }
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  /** The ghost text on the screen; undefined when there is none. */
  ghostText(): Promise<string | undefined> {
    return this.page.evaluate(readGhostText);
  }

  /**
   * Types until ghost text appears, and waits until Horizon has written all of it.
   *
   * @returns the ghost text
   * @throws Error when all is typed and none has appeared
   */
  async typeUntilGhostText(text: string): Promise<string> {
    for (const character of text) {
      const answered = this.answers();
      await this.type(character, 0);
      // One character may go without an answer: the editor loads its part for ghost text after it has shown the file.
      await until("an answer", () => this.answers() > answered, ANSWER_PATIENCE_MILLISECONDS).catch(() => undefined);
      if ((await this.ghostTextNow()) !== undefined) {
        return this.settledGhostText();
      }
    }
    throw new Error(`No ghost text appeared while this was typed: ${JSON.stringify(text)}\n${this.log()}`);
  }

  /** The ghost text once Horizon has nothing more to write. */
  async settledGhostText(): Promise<string> {
    let last: string | undefined;
    return until("ghost text that stays the same", async () => {
      const isIdle = /Ready/.test(await this.status());
      const seen = await this.ghostTextNow();
      const isSettled = isIdle && seen !== undefined && seen === last;
      last = seen;
      return isSettled && seen;
    });
  }

  /** The ghost text after the editor has drawn what it knows: two frames. */
  async ghostTextNow(): Promise<string | undefined> {
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    return this.ghostText();
  }

  /** Begins to note the ghost text at every frame. */
  async watchGhostText(): Promise<void> {
    await this.page.evaluate(`(${watchGhostText})(${readGhostText})`);
  }

  /** Every ghost text since then, with when it came; empty texts are frames without any. */
  ghostTexts(): Promise<readonly SeenGhostText[]> {
    return this.page.evaluate(() => (window as unknown as { horizonGhostTexts: SeenGhostText[] }).horizonGhostTexts);
  }

  async untilGhostText(expected: string): Promise<void> {
    await until(`the ghost text ${JSON.stringify(expected)}`, async () => (await this.ghostText()) === expected);
  }

  /** Waits until this ghost text is off the screen; another one may be on it. */
  async untilNoLongerShown(ghostText: string): Promise<void> {
    await until("the ghost text to be replaced", async () => (await this.ghostText()) !== ghostText);
  }

  async untilNoGhostText(): Promise<void> {
    await until("the ghost text to go away", async () => (await this.ghostText()) === undefined);
  }

  /** Saves the active file and reads it from the disk. */
  async savedText(file: string): Promise<string> {
    await this.page.keyboard.press("Control+S");
    await this.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
    return readFile(path.join(this.folder, file), "utf8");
  }

  /** Changes a file as another program does: git, for one. */
  async writeOnDisk(file: string, text: string): Promise<void> {
    await writeFile(path.join(this.folder, file), text);
  }

  /** The caret, one-based, as the status bar says it. */
  async caret(): Promise<{ line: number; column: number }> {
    const label = await this.page.locator('[id="status.editor.selection"]').innerText();
    const [, line, column] = /Ln (\d+), Col (\d+)/.exec(label) ?? [];
    return { line: Number(line), column: Number(column) };
  }

  /** What Horizon's status bar item says to a screen reader. */
  async status(): Promise<string> {
    return (await this.page.locator(STATUS_ITEM).getAttribute("aria-label")) ?? "";
  }

  /** Everything that the status bar item has said since the page was loaded. */
  statusHistory(): Promise<readonly string[]> {
    return this.page.evaluate(() => (window as unknown as { horizonStatus: string[] }).horizonStatus);
  }

  async untilStatus(expected: RegExp): Promise<void> {
    await until(`the status ${expected}`, async () => expected.test(await this.status()));
  }

  /** Folder of what extensions keep for the user, and of the settings. */
  get userFolder(): string {
    return path.join(this.state, "data", "User");
  }

  /** Horizon's output channel so far, with the messages between client and server. */
  log(): string {
    const logs = path.join(this.state, "data", "logs");
    if (!existsSync(logs)) {
      return "";
    }
    return readdirSync(logs, { recursive: true, encoding: "utf8" })
      .filter((file) => path.basename(file) === "Horizon.log")
      .map((file) => readFileSync(path.join(logs, file), "utf8"))
      .join("");
  }

  /** The lines of the log that a pattern matches. */
  logged(pattern: RegExp): string[] {
    return this.log()
      .split("\n")
      .filter((line) => pattern.test(line));
  }

  /** How many requests for ghost text have ended. */
  endedRequests(): number {
    return this.logged(/Received response 'textDocument\/inlineCompletion/).length;
  }

  /** How many of them the server has answered. The next key takes back the one before, whose end is no answer to that key. */
  answers(): number {
    return this.logged(/Received response 'textDocument\/inlineCompletion(?!.* was cancelled)/).length;
  }

  /** The language server's process; undefined while there is none. */
  serverProcess(): RunningProcess | undefined {
    return this.processes().find(({ commandLine }) => commandLine.some((word) => word.endsWith("dist/server.js")));
  }

  /** The model's process; undefined while there is none. */
  modelProcess(): RunningProcess | undefined {
    return this.processes().find(({ commandLine }) => commandLine.some((word) => word.endsWith("modelHost.js")));
  }

  private processes(): RunningProcess[] {
    const { pid } = this.server.process;
    return pid === undefined ? [] : descendantsOf(pid);
  }
}

/** Runs in the page: keeps every text that the status bar item shows. */
function recordStatus(selector: string): void {
  const history: string[] = [];
  Object.assign(window, { horizonStatus: history });
  const look = () => {
    const label = document.querySelector(selector)?.getAttribute("aria-label");
    if (label && label !== history.at(-1)) {
      history.push(label);
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}

/** Runs in the page: the first line stands in the text's own line, the others in lines between. */
function readGhostText(): string | undefined {
  const text = (elements: Iterable<Element>) => [...elements].map((element) => element.textContent).join("");
  const inLine = [...document.querySelectorAll(".ghost-text-decoration")];
  const between = [...document.querySelectorAll(".suggest-preview-text .view-line")].map((line) => text([line]));
  if (inLine.length === 0 && between.length === 0) {
    return undefined;
  }
  return [text(inLine), ...between].join("\n").replaceAll("\u00a0", " ");
}

/** A ghost text, and when it was drawn, in milliseconds of the page's clock. */
export interface SeenGhostText {
  readonly text: string;
  readonly at: number;
}

/** Runs in the page: keeps every ghost text that is drawn. */
function watchGhostText(read: () => string | undefined): void {
  const seen: SeenGhostText[] = [];
  Object.assign(window, { horizonGhostTexts: seen });
  const look = () => {
    const text = read() ?? "";
    if (seen.length === 0 || seen.at(-1)?.text !== text) {
      seen.push({ text, at: performance.now() });
    }
    requestAnimationFrame(look);
  };
  look();
}
