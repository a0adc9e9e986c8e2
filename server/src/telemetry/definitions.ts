// What the events of telemetry are measured by. Apart from their schema, so that the editor's process need not load that.

/** Raised by every change that a receiver of the version before would misread or refuse. */
export const schemaVersion = 1;

/** Seconds after an acceptance at which is looked what is still there. */
export const checkpoints = [30, 120, 300, 600] as const;
export type Checkpoint = (typeof checkpoints)[number];

/**
 * Experiments that a user may be in at once. A database keeps the arms in the key of a row, and PostgreSQL's have room for
 * 2,700 bytes: sixteen of the longest names fit.
 */
export const mostExperiments = 16;

/** Milliseconds on the screen after which a suggestion counts as read (Cody's figure; arXiv 2412.16589). */
export const readMilliseconds = 750;

/** Extensions that write inline completions, too. Only these are named in an event, never another extension. */
export const knownProviders = [
  "amazonwebservices.amazon-q-vscode",
  "codeium.codeium",
  "continue.continue",
  "ggml-org.llama-vscode",
  "github.copilot",
  "github.copilot-chat",
  "google.geminicodeassist",
  "rjmacarthy.twinny",
  "smallcloud.codify",
  "sourcegraph.cody-ai",
  "supermaven.supermaven",
  "tabbyml.vscode-tabby",
  "tabnine.tabnine-vscode",
] as const;

/** What the user can keep from being sent, by name: optional fields of events, and kinds of event. */
export const consentFields = [
  "horizon",
  "editor",
  "platform",
  "experiments",
  "language",
  "visibility",
  "trigger",
  "caretKind",
  "model",
  "source",
  "latency",
  "size",
  "confidence",
  "prompt",
  "contextSources",
  "otherProviders",
  "undone",
  "persistence",
  "writing",
] as const;
