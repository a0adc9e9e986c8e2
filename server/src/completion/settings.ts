// How much the engine writes. The language server's settings and the command line's options become this.

/** Limits of one suggestion, and of what it is made from. */
export interface CompletionSettings {
  /** Most lines; 1 for single lines only. */
  readonly maxLines: number;
  /** Most tokens of a suggestion that is one line. */
  readonly singleLineTokens: number;
  /** Most tokens of a suggestion of several lines. */
  readonly multiLineTokens: number;
  /** Share of the prompt's tokens that snippets of the repository may take, in [0, 1); 0 for none. */
  readonly snippetShare: number;
  /** Milliseconds to wait for these snippets; then those of the request before are taken. */
  readonly contextLimit: number;
  /** Mix what came next in the user's files into what the model says. */
  readonly memory: boolean;
  /** Names of features (see features.ts) to do without: an experiment's arm sets them. Default none. */
  readonly disabled?: readonly string[];
}

export const defaultCompletionSettings: CompletionSettings = {
  // More than a dozen lines are not read before they are accepted.
  maxLines: 12,
  // A line of 100 columns, the longest that most styles allow, has about 30 tokens.
  singleLineTokens: 48,
  // A dozen lines; also the longest middle that the default model is trained on.
  multiLineTokens: 160,
  // With a suffix of a fifth the prefix keeps half: some fifty lines. Cody gives context about as much. To be tuned.
  snippetShare: 0.3,
  // The index is to answer in 15 ms at 10,000 files and in 40 at 100,000. A longer wait is seen in the time to the first
  // line, and the snippets of the key stroke before are nearly as good.
  contextLimit: 50,
  memory: true,
};
