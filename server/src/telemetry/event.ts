// The events of telemetry: what is kept on the user's machine, and, where the user agrees, sent. This schema is the
// published one: docs/telemetryEvent.schema.json is it, written out (test/unit/telemetry/event.test.ts proves it).
import { z } from "zod";
import { checkpoints, knownProviders, mostExperiments, readMilliseconds, schemaVersion } from "./definitions.js";

// A name of ours (a stage, a source, an arm) or of VS Code's (a language): never free text, so that no code, path or
// name of the user can be in it.
const word = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/);
const key = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const count = z.int().min(0).max(1_000_000_000);
const milliseconds = z.number().min(0).max(86_400_000);
const share = z.number().min(0).max(1);

/** A map with no more than so many entries. */
function atMost<Value extends z.ZodType>(most: number, keys: z.ZodString, values: Value) {
  return z
    .record(keys, values)
    .refine((map) => Object.keys(map).length <= most, `more than ${most} entries`)
    .meta({ maxProperties: most });
}

const languageId = z
  .string()
  .regex(/^[a-z][a-z0-9_+#.-]{0,39}$/)
  .describe("VS Code's language id.");

/** On every event. Only what is not optional is always sent. */
const envelope = {
  schemaVersion: z.literal(schemaVersion),
  id: z.uuid().describe("Random; the receiver counts an id once."),
  time: z.iso.datetime({ precision: 3 }).describe("By the clock of the user's machine, in UTC."),
  user: z.uuid().describe("Random, made on the user's machine; a new one after the user's data were deleted."),
  session: z.uuid().describe("Random, a new one each time an editor window is opened."),
  sequence: count.describe("Number of the event in its session, from 0: a gap is a loss."),
  horizon: key.optional().describe("Version of Horizon."),
  editor: key.optional().describe("Version of VS Code."),
  platform: key.optional().describe("Operating system and processor, such as linux-x64."),
  experiments: atMost(mostExperiments, key, key)
    .optional()
    .describe("Arm by experiment, as assigned when the request was made."),
  language: languageId.optional(),
};

const accepted = z.strictObject({
  type: z.literal("accepted"),
  how: z.enum(["full", "line", "word"]).describe("The greatest part that was accepted at once."),
  characters: count.describe("UTF-16 units that were inserted by accepting."),
  typedCharacters: count.describe("UTF-16 units of the suggestion that the user typed."),
});

const typedThrough = z
  .strictObject({ type: z.literal("typedThrough"), typedCharacters: count })
  .describe("The user typed all of the suggestion.");

const dismissed = z
  .strictObject({ type: z.literal("dismissed"), typedCharacters: count })
  .describe("Sent away by Escape.");

const replaced = z
  .strictObject({ type: z.literal("replaced"), typedCharacters: count })
  .describe("A text of another provider of inline completions came instead. An estimate.");

const ignored = z
  .strictObject({ type: z.literal("ignored"), typedCharacters: count })
  .describe("It was on the screen and the user went on without it.");

const continued = z
  .strictObject({ type: z.literal("continued"), by: z.uuid() })
  .describe("The same suggestion went on under the next request, which tells its end: do not count this one.");

const expired = z
  .strictObject({
    type: z.literal("expired"),
    reason: z.enum(["empty", "cancelled", "late", "superseded", "failed"]),
  })
  .describe("It was never on the screen.");

/** How a request ended: exactly one for each. In the order of precedence, see attribution.ts. */
export const outcomeSchema = z.discriminatedUnion("type", [
  accepted,
  typedThrough,
  dismissed,
  replaced,
  ignored,
  continued,
  expired,
]);
export type Outcome = z.infer<typeof outcomeSchema>;

const completion = z
  .strictObject({
    ...envelope,
    kind: z.literal("completion"),
    request: z.uuid(),
    suggestion: z.uuid().describe("Id of the first request of the suggestion: the same for all that continue it."),
    outcome: outcomeSchema,
    visibility: z
      .strictObject({
        shown: z.boolean(),
        milliseconds: milliseconds.describe("Time on the screen, of all requests of this suggestion so far."),
        read: z.boolean().describe(`On the screen for ${readMilliseconds} ms or longer.`),
      })
      .optional()
      .describe("An estimate: VS Code tells no extension what is on the screen."),
    trigger: z.enum(["automatic", "invoked"]).optional(),
    caretKind: word.optional().describe("What the place called for: line, statement or block."),
    model: key.optional().describe("Id of the model if it is one that Horizon ships, else custom."),
    source: word.optional().describe("Where the answer came from: model, known, typedThrough …"),
    latency: z
      .strictObject({
        roundTrip: milliseconds.optional().describe("From the editor's request to its answer, as the editor saw it."),
        wait: milliseconds.optional().describe("Until the engine began: debounce, or another request's end."),
        context: milliseconds.optional(),
        prompt: milliseconds.optional(),
        prefill: milliseconds.optional(),
        firstLine: milliseconds.optional(),
        decode: milliseconds.optional(),
        total: milliseconds.optional(),
      })
      .optional(),
    size: z.strictObject({ characters: count, lines: count, tokens: count.optional() }).optional(),
    confidence: z
      .strictObject({
        logProbability: z.number().min(-1e9).max(0).optional().describe("Sum over the tokens, natural logarithm."),
        horizonShare: share.optional().describe("Share of the middle that was still to come, as the model saw it."),
        horizonTokens: z.number().min(0).max(1e9).optional(),
      })
      .optional(),
    prompt: z.strictObject({ tokens: count, reusedTokens: count }).optional(),
    contextSources: atMost(64, word, count)
      .optional()
      .describe("Snippets in the prompt by the source that found them."),
    otherProviders: z.array(z.enum(knownProviders)).max(knownProviders.length).optional(),
  })
  .describe("One request for an inline completion and how it ended.");

const undone = z
  .strictObject({
    ...envelope,
    kind: z.literal("undone"),
    suggestion: z.uuid(),
    secondsAfter: z.number().min(0).max(86_400),
  })
  .describe("A note: what was accepted of this suggestion has been taken back by Undo; its outcome stays.");

const persistenceResult = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("measured"),
    characterSimilarity: share.describe("1 − Levenshtein's distance / length of the longer text."),
    tokenSimilarity: share.describe("The same over tokens, so that formatting is no change."),
    keptCharacters: count.describe("UTF-16 units of accepted tokens that are still there, without white space."),
  }),
  z.strictObject({
    type: z.literal("censored"),
    reason: z.enum(["notFound", "fileGone", "editorClosed", "storeFull"]),
  }),
]);
export type PersistenceResult = z.infer<typeof persistenceResult>;

const persistence = z
  .strictObject({
    ...envelope,
    kind: z.literal("persistence"),
    suggestion: z.uuid().describe("The suggestion whose last request ended accepted."),
    checkpoint: z.literal([...checkpoints]).describe("Seconds after the acceptance."),
    secondsAfter: z.number().min(0).max(86_400).describe("Seconds after the acceptance when it was really looked at."),
    acceptedCharacters: count.describe("UTF-16 units of the accepted text, without white space."),
    result: persistenceResult,
  })
  .describe("What is still there of an accepted text. A text whose place is not known any more is censored, not gone.");

const writing = z
  .strictObject({
    ...envelope,
    kind: z.literal("writing"),
    activeSeconds: z.number().min(0).max(86_400).describe("Time with edits; a pause counts for 30 seconds at most."),
    typedCharacters: count.describe("UTF-16 units that came one by one."),
    insertedCharacters: count.describe("UTF-16 units that came at once, but not from Horizon: pasted, formatted …"),
    completedCharacters: count.describe("UTF-16 units that came by accepting Horizon's suggestions."),
    deletedCharacters: count,
  })
  .describe("What was written in one language since the last such event of the session; about every five minutes.");

/** Every event there is. */
export const eventSchema = z.discriminatedUnion("kind", [completion, undone, persistence, writing]);
export type TelemetryEvent = z.infer<typeof eventSchema>;
export type EventKind = TelemetryEvent["kind"];
export type CompletionEvent = z.infer<typeof completion>;
export type UndoneEvent = z.infer<typeof undone>;
export type PersistenceEvent = z.infer<typeof persistence>;
export type WritingEvent = z.infer<typeof writing>;

/** The published JSON Schema (draft 2020-12). */
export function eventJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "An event of Horizon's telemetry",
    description:
      "Sizes, times and similarities. No code, no paths and no names: there is no field that could hold them.",
    ...z.toJSONSchema(eventSchema, { reused: "inline" }),
  };
}
