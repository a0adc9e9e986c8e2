// Tells the server what the user looks at: what stays on the screen for a moment, not what scrolls by.
import { type Disposable, type TextEditor, window } from "vscode";
import type { ViewParams } from "../../server/src/protocol.js";

/** Milliseconds that something must stay on the screen; reading one line takes about as long. */
const lookTime = 1000;

/** Reports views of the active editor; dispose it to stop. */
export class ViewReporter implements Disposable {
  private readonly report: (view: ViewParams) => void;
  private readonly subscriptions: readonly Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private reported = "";

  constructor(report: (view: ViewParams) => void) {
    this.report = report;
    this.subscriptions = [
      window.onDidChangeActiveTextEditor((editor) => this.look(editor)),
      window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        if (textEditor === window.activeTextEditor) {
          this.look(textEditor);
        }
      }),
    ];
    this.look(window.activeTextEditor);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
  }

  private look(editor: TextEditor | undefined): void {
    clearTimeout(this.timer);
    if (editor?.document.uri.scheme !== "file") {
      return;
    }
    this.timer = setTimeout(() => {
      if (editor !== window.activeTextEditor) {
        return;
      }
      const ranges = editor.visibleRanges.map(({ start, end }) => ({ start: positionOf(start), end: positionOf(end) }));
      const view = { uri: editor.document.uri.toString(), ranges };
      const text = JSON.stringify(view);
      if (text !== this.reported) {
        this.reported = text;
        this.report(view);
      }
    }, lookTime);
  }
}

function positionOf({ line, character }: { readonly line: number; readonly character: number }) {
  return { line, character };
}
