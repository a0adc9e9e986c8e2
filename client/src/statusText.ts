// What the status bar says about each state of the server. Plain text, so that it can be tested without an editor.
import type { IndexStatusParams, ServerState } from "../../server/src/protocol.js";

/** The status bar item as data. */
export interface StatusText {
  /** The item itself, with `$(icon)` marks. */
  readonly text: string;
  /** First line of the tooltip: the state, with its reason or the model's name. Plain text. */
  readonly detail: string;
  /** How the item is coloured. */
  readonly severity: "normal" | "error";
  /** Command that a click runs. */
  readonly command: "horizon.toggle" | "horizon.showLog";
}

/** Says in words what the server is doing. */
export function statusText(state: ServerState): StatusText {
  switch (state.state) {
    case "starting":
      return item("$(loading~spin) Horizon", "Starting");
    case "ready":
      return item(`$(sparkle) Horizon${savingMark(state)}`, `Ready. Model: ${state.model}${savingText(state)}`);
    case "working":
      return item(
        `$(loading~spin) Horizon${savingMark(state)}`,
        `Writing a suggestion. Model: ${state.model}${savingText(state)}`,
      );
    case "off":
      return item("$(circle-slash) Horizon", `Off: ${state.reason}`);
    case "error":
      return {
        text: "$(error) Horizon",
        detail: `Error: ${state.message}`,
        severity: "error",
        command: "horizon.showLog",
      };
  }
}

/** Says in words what is known of the repository. */
export function indexText({ state, files, waiting, memoryBytes, memoryLimit, isCapped }: IndexStatusParams): string {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  const known = `${files.toLocaleString("en")} ${files === 1 ? "file" : "files"}, ${megabytes(memoryBytes)}`;
  const full = isCapped
    ? `. The memory of ${megabytes(memoryLimit)} is full: the files nearest the open ones are in (horizon.context.maxMemory).`
    : "";
  switch (state) {
    case "off":
      return "Context: off";
    case "scanning":
      return `Context: looking for files (${known})`;
    case "indexing":
      return `Context: reading ${waiting.toLocaleString("en")} more ${waiting === 1 ? "file" : "files"} (${known})${full}`;
    case "ready":
      return `Context: ${known}${full}`;
  }
}

/** Seen at a glance that less is done than could be. */
function savingMark({ saving }: { readonly saving?: string }): string {
  return saving === undefined ? "" : " $(arrow-down)";
}

function savingText({ saving, machine }: { readonly saving?: string; readonly machine?: string }): string {
  return (machine === undefined ? "" : `, ${machine}`) + (saving === undefined ? "" : `. Saving: ${saving}`);
}

function item(text: string, detail: string): StatusText {
  return { text, detail, severity: "normal", command: "horizon.toggle" };
}
