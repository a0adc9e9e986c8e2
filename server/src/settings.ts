// The settings: type, default, validation and description of each, in one table. package.json's
// contributes.configuration is this table written out (test/unit/settings proves it); only this file reads values.
import { z } from "zod";
import { engineFeatures } from "./completion/features.js";
import { defaultCompletionSettings } from "./completion/settings.js";
import { contextSources } from "./context/sources/index.js";
import { consentFields } from "./telemetry/definitions.js";

/** Where VS Code lets a setting be set: "machine" keeps it out of a workspace that someone else wrote. */
export type SettingScope = "window" | "machine" | "resource";

/** One setting: its key below `horizon.`, its schema with a default, and what the settings editor says about it. */
interface SettingDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly key: string;
  readonly schema: Schema;
  readonly default: z.infer<Schema>;
  readonly scope: SettingScope;
  /** Markdown; the settings editor and the README show it. */
  readonly description: string;
}

/** Section of the client's configuration that holds every setting. */
export const SETTINGS_SECTION = "horizon";

/** Languages that the default model was trained on, by VS Code's language id. */
export const DEFAULT_LANGUAGES: Readonly<Record<string, boolean>> = {
  c: true,
  cpp: true,
  csharp: true,
  go: true,
  java: true,
  javascript: true,
  javascriptreact: true,
  python: true,
  rust: true,
  typescript: true,
  typescriptreact: true,
};

function define<Schema extends z.ZodType>(definition: SettingDefinition<Schema>): SettingDefinition<Schema> {
  return definition;
}

const ENABLED = define({
  key: "enabled",
  schema: z.boolean(),
  default: true,
  scope: "window",
  description: "Suggest code while typing. When off, the model is unloaded and takes no memory.",
});

const LANGUAGES = define({
  key: "languages",
  schema: z.record(z.string(), z.boolean()),
  default: DEFAULT_LANGUAGES,
  scope: "window",
  description:
    "Languages to suggest in, by [language id](https://code.visualstudio.com/docs/languages/identifiers). " +
    "A language that is not listed is off.",
});

const MODEL_PATH = define({
  key: "model.path",
  schema: z.string(),
  default: "",
  // A model is a file that native code reads: the user chooses it, never the folder that was opened.
  scope: "machine",
  description:
    "Folder of the model to use (the one with `manifest.json`): an absolute path, or one that starts with `~/`. " +
    "Empty for the model that comes with Horizon.",
});

const MODEL_THREADS = define({
  key: "model.threads",
  // More than 16 threads make a model of this size slower, not faster.
  schema: z.int().min(0).max(16),
  default: 0,
  scope: "machine",
  description:
    "CPU threads that the model may use. 0 takes as many as pay on this machine, which Horizon measures when it is " +
    "first started; the status bar's tooltip says how many. More threads answer sooner and leave less for everything else.",
});

const POWER_SAVING = define({
  key: "power.saving",
  schema: z.boolean(),
  default: true,
  scope: "machine",
  description:
    "Do less on battery and while other programs keep the processors busy: compute less ahead of time, then write " +
    "shorter suggestions. The status bar says when and why.",
});

const COMPLETION_MAX_LINES = define({
  key: "completion.maxLines",
  // A longer text than 40 lines is neither read before it is accepted nor within the model's budget for a middle.
  schema: z.int().min(1).max(40),
  default: 12,
  scope: "window",
  description: "Most lines that one suggestion may have. 1 suggests single lines only.",
});

const CONTEXT_ENABLED = define({
  key: "context.enabled",
  schema: z.boolean(),
  default: true,
  scope: "window",
  description:
    "Read the files of the open folders, so that suggestions know what is defined and done elsewhere. " +
    "What git ignores, `.horizonignore` names or looks secret is left out. Nothing leaves this machine.",
});

const CONTEXT_MAX_MEMORY = define({
  key: "context.maxMemory",
  // Below 32 MB a middling repository does not fit; above 4 GB the process itself would be the limit.
  schema: z.int().min(32).max(4096),
  default: 256,
  scope: "machine",
  description:
    "Memory for what is known of the open folders, in MB. When it is full, the files nearest the open ones stay.",
});

const CONTEXT_TIME_LIMIT = define({
  key: "context.timeLimit",
  // Above a second a suggestion comes when the caret has long moved on.
  schema: z.int().min(1).max(1000),
  default: defaultCompletionSettings.contextLimit,
  scope: "window",
  description:
    "Milliseconds that a suggestion may wait for what is known of the repository; then it goes by what was known before.",
});

const CONTEXT_MEMORY = define({
  key: "context.memory",
  schema: z.boolean(),
  default: defaultCompletionSettings.memory,
  scope: "window",
  description:
    "Write as the open folders do: what came next in their files is mixed into what the model says comes next. " +
    "Takes up to 50 MB.",
});

const CONTEXT_SOURCES = define({
  key: "context.sources",
  schema: z.record(z.string(), z.boolean()),
  default: Object.fromEntries(contextSources.map(({ name }) => [name, true])),
  scope: "window",
  description: "Where Horizon looks for what belongs in a prompt. A source that is not listed is on.",
});

const TELEMETRY_RECORD = define({
  key: "telemetry.record",
  schema: z.boolean(),
  default: true,
  scope: "machine",
  description:
    "Keep on this machine what became of each suggestion, for `Horizon: Show Statistics`: sizes, times and " +
    "similarities, no code, no paths and no names. Accepted text is kept for ten minutes, to see what is still there.",
});

const TELEMETRY_SEND = define({
  key: "telemetry.send",
  schema: z.boolean(),
  default: false,
  // Whoever wrote the folder that was opened cannot agree for the user.
  scope: "machine",
  description:
    "Send what is kept to `#horizon.telemetry.endpoint#`. Horizon asks once more before the first event is sent. " +
    "`Horizon: Show My Data` shows exactly what would go. Nothing is sent while VS Code's own telemetry is off.",
});

const TELEMETRY_ENDPOINT = define({
  key: "telemetry.endpoint",
  schema: z.string(),
  default: "",
  scope: "machine",
  description:
    "Address that takes OpenTelemetry logs by OTLP/HTTP, such as `http://127.0.0.1:4318/v1/logs`. Empty: nobody.",
});

const TELEMETRY_FIELDS = define({
  key: "telemetry.fields",
  schema: z.record(z.string(), z.boolean()),
  default: Object.fromEntries(consentFields.map((field) => [field, true])),
  scope: "machine",
  description: "Which parts of an event may be sent. What is off stays on this machine.",
});

const TELEMETRY_MAX_SIZE = define({
  key: "telemetry.maxSize",
  // Below 4 MB a week without the receiver would not fit; above 1 GB the statistics would take minutes to open.
  schema: z.int().min(4).max(1024),
  default: 64,
  scope: "machine",
  description: "Most that is kept on this machine, in MB; then the oldest events go.",
});

const TELEMETRY_KEEP_TYPED = define({
  key: "telemetry.keepTyped",
  schema: z.boolean(),
  default: false,
  scope: "machine",
  description:
    "Also keep what you type within 30 seconds after a dismissal or where nothing was suggested, with the code around " +
    "it: a test set of your own. It is never sent.",
});

const EXPERIMENTS_FILE = define({
  key: "experiments.file",
  schema: z.string(),
  default: "",
  // It decides which model is loaded: the user chooses it, never the folder that was opened.
  scope: "machine",
  description:
    "File of experiments to take part in, in flagd's format: an absolute path, or one that starts with `~/`. " +
    "Its arms go before your settings; they never touch telemetry. Empty for none.",
});

/** What the engine has no setting for, but an experiment may try. Nobody sets it by hand. */
const engineSchema = z.strictObject({
  singleLineTokens: z.int().min(1).max(160).optional(),
  multiLineTokens: z.int().min(1).max(512).optional(),
  snippetShare: z.number().min(0).max(0.9).optional(),
  disabled: z.array(z.enum(engineFeatures.map(({ name }) => name))).optional(),
});

const TRACE_SERVER = define({
  key: "trace.server",
  schema: z.enum(["off", "messages", "verbose"]),
  default: "off",
  scope: "window",
  description: "Write the messages between the editor and Horizon's server to the output channel.",
});

/** Every setting, in the order of the settings editor. */
const DEFINITIONS: readonly SettingDefinition[] = [
  ENABLED,
  LANGUAGES,
  COMPLETION_MAX_LINES,
  MODEL_PATH,
  MODEL_THREADS,
  POWER_SAVING,
  CONTEXT_ENABLED,
  CONTEXT_MAX_MEMORY,
  CONTEXT_TIME_LIMIT,
  CONTEXT_MEMORY,
  CONTEXT_SOURCES,
  TELEMETRY_RECORD,
  TELEMETRY_SEND,
  TELEMETRY_ENDPOINT,
  TELEMETRY_FIELDS,
  TELEMETRY_MAX_SIZE,
  TELEMETRY_KEEP_TYPED,
  EXPERIMENTS_FILE,
  TRACE_SERVER,
];

/** What an experiment may not set: whether and what the user agreed to, and which experiments there are. */
const NOT_FOR_EXPERIMENTS = /^(enabled|telemetry\.|experiments\.|trace\.)/;

/**
 * Puts the settings of an experiment's arms before the user's.
 *
 * @param overrides by key below `horizon.`, such as `completion.maxLines` or `engine.snippetShare`
 * @returns the section to parse, and what of it cannot be
 */
export function overrideSettings(
  section: unknown,
  overrides: Readonly<Record<string, unknown>>,
): { readonly section: unknown; readonly problems: readonly SettingProblem[] } {
  const problems: SettingProblem[] = [];
  const accepted: Record<string, unknown> = {};
  const engine: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(overrides)) {
    const ofEngine = /^engine\.(\w+)$/.exec(key)?.[1];
    const schema =
      ofEngine === undefined
        ? DEFINITIONS.find((definition) => definition.key === key && !NOT_FOR_EXPERIMENTS.test(key))?.schema
        : engineSchema.shape[ofEngine as keyof typeof engineSchema.shape];
    const parsed = schema?.safeParse(value);
    if (parsed?.success !== true) {
      const reason =
        parsed === undefined ? "is nothing that an arm may set" : `is ${describe(value)}: ${explain(parsed.error)}`;
      problems.push({ key, message: `Experiment: ${key} ${reason}. The arm does not change it.` });
    } else if (ofEngine === undefined) {
      accepted[key] = value;
    } else {
      engine[ofEngine] = value;
    }
  }
  return { section: { ...(isRecord(section) ? section : {}), ...accepted, engine }, problems };
}

/** All settings, valid and complete. */
export interface Settings {
  readonly enabled: boolean;
  /** By language id; a language that is missing is off. */
  readonly languages: Readonly<Record<string, boolean>>;
  readonly completion: {
    /** Most lines of one suggestion; 1 to 40. */
    readonly maxLines: number;
  };
  readonly model: {
    /** Folder of the model; empty for the bundled one. */
    readonly path: string;
    /** 1 to 16; 0 for as many as pay on this machine. */
    readonly threads: number;
  };
  readonly power: {
    /** Do less on battery and under load. */
    readonly saving: boolean;
  };
  readonly context: {
    readonly enabled: boolean;
    /** MB; 32 to 4096. */
    readonly maxMemory: number;
    /** Milliseconds; 1 to 1000. */
    readonly timeLimit: number;
    /** What came next in the files is mixed into what the model says. */
    readonly memory: boolean;
    /** By the name of a source; one that is missing is on. */
    readonly sources: Readonly<Record<string, boolean>>;
  };
  readonly telemetry: TelemetrySettings;
  readonly experiments: {
    /** File of experiments; empty for none. */
    readonly file: string;
  };
  /** What an experiment's arms set beyond the settings; empty without one. */
  readonly engine: z.infer<typeof engineSchema>;
  readonly trace: { readonly server: "off" | "messages" | "verbose" };
}

/** What is kept of suggestions and what may be sent; the editor's process reads it. */
export interface TelemetrySettings {
  readonly record: boolean;
  readonly send: boolean;
  /** Address of an OTLP/HTTP receiver; empty for none. */
  readonly endpoint: string;
  /** By the name of a field or a kind of event; one that is missing is on. */
  readonly fields: Readonly<Record<string, boolean>>;
  /** MB; 4 to 1024. */
  readonly maxSize: number;
  readonly keepTyped: boolean;
}

/** What was found wrong with one setting, in words for its user. */
export interface SettingProblem {
  /** Full key, for example `horizon.model.threads`. */
  readonly key: string;
  /** What is wrong and what is used instead. */
  readonly message: string;
}

/** Settings that can be used whatever came in, and what was wrong with what came in. */
export interface ParsedSettings {
  readonly settings: Settings;
  readonly problems: readonly SettingProblem[];
}

/** The settings of someone who has set nothing. */
export const DEFAULT_SETTINGS: Settings = parseSettings({}).settings;

/**
 * Reads the client's `horizon` section. Never throws: a value that is wrong is replaced by its default and reported.
 *
 * @param section what the client sent: nested (`{model: {threads: 2}}`), dotted (`{"model.threads": 2}`), or nothing
 */
export function parseSettings(section: unknown): ParsedSettings {
  const problems: SettingProblem[] = [];
  if (section !== undefined && section !== null && !isRecord(section)) {
    problems.push({
      key: SETTINGS_SECTION,
      message: `${SETTINGS_SECTION} is ${describe(section)} but must be an object; the defaults are used.`,
    });
  }
  const read = <Schema extends z.ZodType>(definition: SettingDefinition<Schema>): z.infer<Schema> => {
    const value = lookUp(section, definition.key);
    if (value === undefined || value === null) {
      return definition.default;
    }
    const parsed = definition.schema.safeParse(value);
    if (parsed.success) {
      return parsed.data;
    }
    const key = `${SETTINGS_SECTION}.${definition.key}`;
    problems.push({
      key,
      message: `${key} is ${describe(value)}: ${explain(parsed.error)}. The default ${describe(definition.default)} is used.`,
    });
    return definition.default;
  };
  const settings: Settings = {
    enabled: read(ENABLED),
    languages: readSwitches(LANGUAGES, '{"python": false}', section, problems),
    completion: { maxLines: read(COMPLETION_MAX_LINES) },
    model: { path: readModelPath(read(MODEL_PATH), problems), threads: read(MODEL_THREADS) },
    power: { saving: read(POWER_SAVING) },
    context: {
      enabled: read(CONTEXT_ENABLED),
      maxMemory: read(CONTEXT_MAX_MEMORY),
      timeLimit: read(CONTEXT_TIME_LIMIT),
      memory: read(CONTEXT_MEMORY),
      sources: readSwitches(CONTEXT_SOURCES, '{"bm25": false}', section, problems),
    },
    telemetry: {
      record: read(TELEMETRY_RECORD),
      send: read(TELEMETRY_SEND),
      endpoint: read(TELEMETRY_ENDPOINT),
      fields: readSwitches(TELEMETRY_FIELDS, '{"language": false}', section, problems),
      maxSize: read(TELEMETRY_MAX_SIZE),
      keepTyped: read(TELEMETRY_KEEP_TYPED),
    },
    experiments: { file: read(EXPERIMENTS_FILE) },
    engine: engineSchema.catch({}).parse(lookUp(section, "engine") ?? {}),
    trace: { server: read(TRACE_SERVER) },
  };
  return { settings, problems };
}

/** Whether Horizon suggests in documents of this language. */
export function isLanguageEnabled(settings: Settings, languageId: string): boolean {
  return settings.enabled && Object.hasOwn(settings.languages, languageId) && settings.languages[languageId] === true;
}

/** Names of the sources of context that are switched off; an experiment's arm may name other features among them. */
export function disabledSources({ context, engine }: Settings): readonly string[] {
  const off = Object.entries(context.sources).flatMap(([name, isOn]) => (isOn ? [] : [name]));
  return [...off, ...(engine.disabled ?? [])];
}

/** One property of package.json's `contributes.configuration`. */
export type ConfigurationProperty = Readonly<Record<string, unknown>>;

/** What package.json's `contributes.configuration.properties` must say, by full key and in this order. */
export function configurationProperties(): Readonly<Record<string, ConfigurationProperty>> {
  return Object.fromEntries(
    DEFINITIONS.map((definition) => {
      const { $schema: _, propertyNames: __, ...schema } = z.toJSONSchema(definition.schema) as Record<string, unknown>;
      const property = {
        ...schema,
        default: definition.default,
        scope: definition.scope,
        markdownDescription: definition.description,
      };
      return [`${SETTINGS_SECTION}.${definition.key}`, property];
    }),
  );
}

/** One wrong entry must not switch the others off, so such a setting is read entry by entry, over the defaults. */
function readSwitches(
  { key: name, default: defaults }: SettingDefinition<z.ZodRecord<z.ZodString, z.ZodBoolean>>,
  example: string,
  section: unknown,
  problems: SettingProblem[],
): Readonly<Record<string, boolean>> {
  const value = lookUp(section, name);
  const key = `${SETTINGS_SECTION}.${name}`;
  if (value === undefined || value === null) {
    return defaults;
  }
  if (!isRecord(value)) {
    problems.push({
      key,
      message: `${key} is ${describe(value)} but must be an object such as ${example}; the default is used.`,
    });
    return defaults;
  }
  const switches: Record<string, boolean> = { ...defaults };
  for (const [entry, enabled] of Object.entries(value)) {
    if (typeof enabled === "boolean") {
      switches[entry] = enabled;
    } else {
      const used = switches[entry] ?? false;
      problems.push({
        key,
        message: `${key} says ${describe(enabled)} for "${entry}" but must say true or false; ${used} is used.`,
      });
    }
  }
  return switches;
}

function readModelPath(path: string, problems: SettingProblem[]): string {
  const trimmed = path.trim();
  // A relative path has no folder to be relative to: the server's own is the editor's.
  if (trimmed === "" || /^(?:[/\\]|~[/\\]|[A-Za-z]:[/\\])/.test(trimmed)) {
    return trimmed;
  }
  const key = `${SETTINGS_SECTION}.${MODEL_PATH.key}`;
  problems.push({
    key,
    message: `${key} is ${describe(path)} but must be an absolute path or start with "~/"; the bundled model is used.`,
  });
  return MODEL_PATH.default;
}

/** Finds `a.b` in `{a: {b: …}}` or in `{"a.b": …}`; clients send either. */
function lookUp(section: unknown, key: string): unknown {
  if (!isRecord(section)) {
    return undefined;
  }
  if (Object.hasOwn(section, key)) {
    return section[key];
  }
  const dot = key.indexOf(".");
  return dot < 0 || !Object.hasOwn(section, key.slice(0, dot))
    ? undefined
    : lookUp(section[key.slice(0, dot)], key.slice(dot + 1));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function explain(error: z.ZodError): string {
  return error.issues.map((issue) => issue.message).join("; ");
}

/** A value as its user wrote it, short enough for a message. */
function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
