// Makes the question to the index of what the engine asks and of what the developer just did, and the prompt's snippets
// of the index's answer. The same for the editor, the command line and the evaluation.
import { assemble } from "../context/assembler.js";
import type { ContextQuery, ContextSnippet } from "../context/contextSource.js";
import type { ContextAnswer, ContextOptions } from "../context/findContext.js";
import type { DocumentSnapshot } from "./completion.js";
import type { SnippetProvider, SnippetRequest } from "./snippetProvider.js";

/**
 * Snippets that are asked for: three times what a prompt has room for, so that one that is in the prompt is still seen
 * when others have become a little better.
 */
const mostSnippets = 24;

/** Of all the room for snippets, what one may take: with fewer than two there is nothing to weigh against each other. */
const snippetPart = 0.5;

/** What a token of source text usually stands for, in characters. */
const charactersPerToken = 3;

/** Documents whose last snippets are remembered: those between which one goes back and forth. */
const rememberedDocuments = 8;

/** What is known of a document's place and of its developer. */
export type Surroundings = Pick<
  ContextQuery,
  "folder" | "path" | "edits" | "views" | "branch" | "coChanged" | "located"
>;

/** Asks the index; the answer to a question that was aborted is not used. */
export type AskIndex = (query: ContextQuery, options: ContextOptions, signal: AbortSignal) => Promise<ContextAnswer>;

export interface RepositoryContextOptions {
  readonly ask: AskIndex;
  /** Undefined for a document that is in no indexed folder. */
  readonly surroundings: (document: DocumentSnapshot) => Surroundings | undefined;
  /** Folder's name in syntaxes/ for VS Code's language id. */
  readonly language: (languageId: string) => string | undefined;
  /** Names of sources to do without. */
  readonly disabled: () => readonly string[];
  /** Changes when the repository around a document does; see SnippetProvider. Never where not given. */
  readonly version?: (document: DocumentSnapshot) => string;
  /** Told about every answer. */
  readonly onAnswer?: ((event: ContextEvent) => void) | undefined;
}

/** What was asked, what the index said, and what of it goes into the prompt. */
export interface ContextEvent {
  readonly query: ContextQuery;
  readonly answer: ContextAnswer;
  readonly snippets: readonly ContextSnippet[];
}

/** Provides snippets of a repository; remembers what it provided last for each document. */
export class RepositoryContext implements SnippetProvider {
  readonly #options: RepositoryContextOptions;
  /** The latest last. */
  readonly #previous = new Map<string, readonly ContextSnippet[]>();

  constructor(options: RepositoryContextOptions) {
    this.#options = options;
  }

  async snippets(request: SnippetRequest, signal: AbortSignal): Promise<readonly ContextSnippet[]> {
    const { document, offset, window, budget, cost } = request;
    const { ask, surroundings, language, disabled, onAnswer } = this.#options;
    const known = surroundings(document);
    if (known === undefined) {
      return [];
    }
    const { text, uri } = document;
    const query = { ...known, language: language(document.languageId), text, offset, window };
    const snippetLength = Math.floor(budget * snippetPart * charactersPerToken);
    const answer = await ask(query, { disabled: disabled(), snippetLength, limit: mostSnippets }, signal);
    if (signal.aborted) {
      return [];
    }
    const snippets = assemble(answer.snippets, this.#previous.get(uri) ?? [], { budget, cost });
    this.#remember(uri, snippets);
    onAnswer?.({ query, answer, snippets });
    return snippets;
  }

  version(document: DocumentSnapshot): string {
    return this.#options.version?.(document) ?? "";
  }

  #remember(uri: string, snippets: readonly ContextSnippet[]): void {
    this.#previous.delete(uri);
    this.#previous.set(uri, snippets);
    for (const oldest of this.#previous.keys()) {
      if (this.#previous.size <= rememberedDocuments) {
        break;
      }
      this.#previous.delete(oldest);
    }
  }
}
