// Asks the editor's own language services what the names near the caret mean, each time that the caret comes to another
// line or another receiver, and tells the server. Nobody waits for the answers: what is not there within the limit does
// not count, and a suggestion goes by what has been told.
import {
  commands,
  type Disposable,
  type Location,
  type LocationLink,
  Position,
  type TextEditor,
  window,
  workspace,
} from "vscode";
import type { LocatedNameParams, LocatedNamesParams } from "../../server/src/protocol.js";
import { type NearName, namesBefore } from "./nearNames.js";

/** Milliseconds that all answers for one line may take together. */
const answerLimit = 100;

/** Milliseconds that the caret must rest on a line: who runs through a file wants nothing. */
const restTime = 60;

/** Names that are asked about for one line, and those of them whose types are: each is a question to another process. */
const mostNames = 8;
const mostTypes = 3;

/** Milliseconds that an answer is taken for true; then a name may mean something else. */
const answerLife = 30_000;

/** Answers that are remembered. */
const mostRemembered = 256;

interface Answer {
  readonly time: number;
  readonly located: readonly LocatedNameParams[];
}

/** Tells what language services say; dispose it to stop. */
export class LanguageServices implements Disposable {
  private readonly tell: (names: LocatedNamesParams) => void;
  private readonly now: () => number;
  private readonly subscription: Disposable;
  private readonly known = new Map<string, Answer>();
  private timer: NodeJS.Timeout | undefined;
  private asked = "";

  constructor(tell: (names: LocatedNamesParams) => void, now: () => number = Date.now) {
    this.tell = tell;
    this.now = now;
    this.subscription = window.onDidChangeTextEditorSelection(({ textEditor }) => this.look(textEditor));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
  }

  private look(editor: TextEditor): void {
    const { document, selection } = editor;
    const isInUse = editor === window.activeTextEditor && document.uri.scheme === "file" && selection.isEmpty;
    if (!isInUse || !isWanted()) {
      return;
    }
    const { line } = selection.active;
    const names = namesBefore((at) => document.lineAt(at).text, selection.active);
    const receiver = names.find(({ isReceiver }) => isReceiver)?.name ?? "";
    const place = `${document.uri} ${line} ${receiver}`;
    if (place === this.asked) {
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.asked = place;
      void this.ask(editor, names.slice(0, mostNames));
    }, restTime);
  }

  /** Never rejects: a language service that fails has said nothing. */
  private async ask(editor: TextEditor, names: readonly NearName[]): Promise<void> {
    const uri = editor.document.uri.toString();
    const questions = names.flatMap((name, order) => [
      { name, relation: "definition" as const },
      ...(name.isReceiver || order < mostTypes ? [{ name, relation: "type" as const }] : []),
    ]);
    const answers: (readonly LocatedNameParams[])[] = questions.map(() => []);
    const asking = questions.map(async ({ name, relation }, order) => {
      answers[order] = await this.locate(editor, name, relation);
    });
    let limit: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all(asking),
      new Promise<void>((resolve) => {
        limit = setTimeout(resolve, answerLimit);
      }),
    ]);
    clearTimeout(limit);
    const located = answers.flat();
    if (located.length > 0) {
      this.tell({ uri, names: located });
    }
  }

  private async locate(
    { document }: TextEditor,
    { name, line, character }: NearName,
    relation: LocatedNameParams["relation"],
  ): Promise<readonly LocatedNameParams[]> {
    const key = `${document.uri} ${relation} ${name}`;
    const known = this.known.get(key);
    if (known !== undefined && this.now() - known.time < answerLife) {
      return known.located;
    }
    const command = relation === "type" ? "vscode.executeTypeDefinitionProvider" : "vscode.executeDefinitionProvider";
    let found: readonly (Location | LocationLink)[] | undefined;
    try {
      found = await commands.executeCommand(command, document.uri, new Position(line, character));
    } catch {
      found = undefined;
    }
    const located = (found ?? []).slice(0, 2).map((one) => {
      const [uri, range] =
        "targetUri" in one ? [one.targetUri, one.targetSelectionRange ?? one.targetRange] : [one.uri, one.range];
      const position = { line: range.start.line, character: range.start.character };
      return { name, relation, uri: uri.toString(), position };
    });
    // Told too late for this line, it is there for the next one.
    this.known.delete(key);
    this.known.set(key, { time: this.now(), located });
    for (const oldest of this.known.keys()) {
      if (this.known.size <= mostRemembered) {
        break;
      }
      this.known.delete(oldest);
    }
    return located;
  }
}

/** Whether the settings have a use for answers. */
function isWanted(): boolean {
  const settings = workspace.getConfiguration("horizon");
  const sources = settings.get<Readonly<Record<string, boolean>>>("context.sources", {});
  return settings.get("enabled", true) && settings.get("context.enabled", true) && sources.languageServices !== false;
}
