// Horizon's item in the status bar.
import { type Disposable, MarkdownString, StatusBarAlignment, type StatusBarItem, ThemeColor, window } from "vscode";
import type { IndexStatusParams, ServerState } from "../../server/src/protocol.js";
import { indexText, statusText } from "./statusText.js";

const TOOLTIP_COMMANDS = [
  ["horizon.toggle", "Switch on or off"],
  ["horizon.explain", "Why this suggestion?"],
  ["horizon.restart", "Restart"],
  ["horizon.showLog", "Show log"],
] as const;

/** Shows the last state that it was told, "starting" at first. */
export class StatusItem implements Disposable {
  private readonly item: StatusBarItem;
  private current: ServerState = { state: "starting" };
  private currentIndex: IndexStatusParams | undefined;

  constructor() {
    // Right side, beside the language: the place of the other language-server items.
    this.item = window.createStatusBarItem("horizon.status", StatusBarAlignment.Right, 100);
    this.item.name = "Horizon";
    this.show(this.current);
    this.item.show();
  }

  /** The state that is shown. */
  get state(): ServerState {
    return this.current;
  }

  /** What is shown of the index; undefined before the server has said anything of it. */
  get index(): IndexStatusParams | undefined {
    return this.currentIndex;
  }

  showIndex(index: IndexStatusParams): void {
    this.currentIndex = index;
    this.show(this.current);
  }

  show(state: ServerState): void {
    this.current = state;
    const { text, detail, severity, command } = statusText(state);
    const tooltip = new MarkdownString();
    // The detail may carry a path or a model's name: text, never Markdown.
    const index = this.currentIndex === undefined ? "" : `\n${indexText(this.currentIndex)}`;
    tooltip.appendText(`Horizon\n${detail}${index}`);
    tooltip.appendMarkdown(`\n\n${TOOLTIP_COMMANDS.map(([id, title]) => `[${title}](command:${id})`).join(" · ")}`);
    tooltip.isTrusted = { enabledCommands: TOOLTIP_COMMANDS.map(([id]) => id) };
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.command = command;
    this.item.accessibilityInformation = { label: `Horizon: ${detail}` };
    this.item.backgroundColor = severity === "error" ? new ThemeColor("statusBarItem.errorBackground") : undefined;
  }

  dispose(): void {
    this.item.dispose();
  }
}
