// A model's manifest.json: its strict schema, and the check that the files it names are the ones it means.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { errorMessage } from "../errorMessage.js";
import { ManifestError } from "./errors.js";
import { parseTemplate, TemplateError, templateFields, templateParts } from "./promptTemplate.js";

/** Name of the manifest inside a model's folder. */
export const manifestFileName = "manifest.json";

/** The only format there is; a change that an older Horizon cannot read raises it. */
const formatVersion = 1;

const count = z.int().min(1);
const specialToken = z.string().min(1);

const fileSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine(
      (value) => !path.isAbsolute(value) && !/^[A-Za-z]:/.test(value) && !value.split(/[\\/]/).includes(".."),
      "must be a path inside the model's folder",
    ),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits"),
  bytes: count,
});

const schema = z.strictObject({
  formatVersion: z.literal(formatVersion),
  id: z.string().min(1),
  version: z.string().min(1),
  license: z.string().min(1),
  description: z.string(),
  files: z.strictObject({ weights: fileSchema, tokenizer: fileSchema }),
  architecture: z.strictObject({
    type: z.literal("llama"),
    layers: count,
    hiddenSize: count,
    attentionHeads: count,
    keyValueHeads: count,
    headSize: count,
    feedForwardSize: count,
    vocabularySize: count,
    /** Longest sequence that the graph has rotary positions for. */
    maximumPositions: count,
    /** True when the graph has the output `horizon`. */
    horizonOutputs: z.boolean(),
    /** Rows of the table of n-gram embeddings, for each length of n-gram; 0 for a model without. */
    ngramRows: z.int().min(0).default(0),
    /** Tokens before the new ones that the graph reads as well, in the input `preceding_ids`. */
    precedingTokens: z.int().min(0).default(0),
    weightFormat: z.string().min(1),
  }),
  specialTokens: z.strictObject({
    endOfText: specialToken,
    fimPrefix: specialToken,
    fimSuffix: specialToken,
    fimMiddle: specialToken,
    endOfMiddle: specialToken.optional(),
    repositoryName: specialToken.optional(),
    fileSeparator: specialToken.optional(),
  }),
  promptTemplate: z.strictObject({
    order: z.array(z.enum(templateParts)).min(1),
    repository: z.string().optional(),
    snippet: z.string().optional(),
    suffix: z.string().optional(),
    prefix: z.string().optional(),
    middle: z.string().optional(),
    /** Tokens of the part `prefix` that stand behind the part `middle`. */
    tokensAfterMiddle: z.int().min(0).default(0),
  }),
  limits: z.strictObject({
    /** Longest prompt. */
    promptTokens: count,
    /** Longest middle. */
    middleTokens: count,
    /** Tokens that are read in one run of the graph; a cancellation waits for one such run at most. */
    prefillChunkTokens: count,
    /** Share of the prompt's budget that the suffix may take, in [0, 1). */
    suffixShare: z.number().min(0).lt(1),
  }),
  /** One hole and what the model writes there greedily. */
  selfTest: z.strictObject({
    repository: z.string(),
    path: z.string().min(1),
    prefix: z.string(),
    suffix: z.string(),
    middle: z.string().min(1),
  }),
});

/** A model's manifest.json. */
export type Manifest = z.infer<typeof schema>;

/**
 * Reads the text of a manifest.
 * @param text - The content of manifest.json.
 * @param file - Its path, for messages.
 * @throws ManifestError that names the first field that is wrong.
 */
export function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ManifestError(
      file,
      undefined,
      `is not JSON (${errorMessage(error)}). The file may be cut off: install the model again.`,
      { cause: error },
    );
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    if (issue === undefined) throw new ManifestError(file, undefined, "does not have the form of a manifest.");
    throw new ManifestError(file, fieldOf(issue), describeIssue(issue, value), { cause: result.error });
  }
  checkConsistency(result.data, file);
  return result.data;
}

/** The field of an issue as it is written in code: `files.weights.path`, `promptTemplate.order[2]`. */
function fieldOf(issue: z.core.$ZodIssue): string | undefined {
  const keys = issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  let field = "";
  for (const key of keys)
    field += typeof key === "number" ? `[${key}]` : field === "" ? String(key) : `.${String(key)}`;
  return field === "" ? undefined : field;
}

function describeIssue(issue: z.core.$ZodIssue, manifest: unknown): string {
  if (issue.code === "unrecognized_keys") {
    return "this field is not known. Correct its spelling or remove it; a newer model may need a newer Horizon.";
  }
  const found = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    manifest,
  );
  if (found === undefined) return "this field is missing. Add it; if the file is not yours, install the model again.";
  const shown = JSON.stringify(found).slice(0, 80);
  if (issue.path[0] === "formatVersion") {
    return `is ${shown}, but this Horizon reads format ${formatVersion}. Update Horizon or take a model made for it.`;
  }
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map((value) => JSON.stringify(value)).join(", ");
    const isPart = issue.path[0] === "promptTemplate";
    return `${shown} is not known${isPart ? " as a part of a template" : ""}. Known: ${allowed}.`;
  }
  return `is ${shown}: ${issue.message}. Correct it.`;
}

/** What one field says about another. */
function checkConsistency(manifest: Manifest, file: string): void {
  const { architecture, limits, promptTemplate } = manifest;
  const fail = (field: string, problem: string): never => {
    throw new ManifestError(file, field, problem);
  };

  if (architecture.attentionHeads % architecture.keyValueHeads !== 0) {
    fail("architecture.keyValueHeads", `must divide attentionHeads (${architecture.attentionHeads}). Correct it.`);
  }
  if (limits.promptTokens + limits.middleTokens > architecture.maximumPositions) {
    fail(
      "limits.promptTokens",
      `together with middleTokens (${limits.middleTokens}) it is more than architecture.maximumPositions ` +
        `(${architecture.maximumPositions}). Lower one of them.`,
    );
  }

  const specialTokens = specialTokensOf(manifest);
  const repeated = specialTokens.find((token, index) => specialTokens.indexOf(token) !== index);
  if (repeated !== undefined) fail("specialTokens", `"${repeated}" stands there twice. Each token has one purpose.`);

  const { order } = promptTemplate;
  for (const [index, part] of order.entries()) {
    const field = templateFields[part];
    const template = promptTemplate[field];
    if (order.indexOf(part) !== index)
      fail(`promptTemplate.order[${index}]`, `"${part}" stands there twice. Remove one.`);
    if (template === undefined) {
      fail(
        `promptTemplate.${field}`,
        `this field is missing, but order names "${part}". Add it or take "${part}" out.`,
      );
      continue;
    }
    try {
      parseTemplate(part, template, specialTokens);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      fail(`promptTemplate.${field}`, error.message);
    }
  }
  for (const part of templateParts) {
    if (promptTemplate[templateFields[part]] !== undefined && !order.includes(part)) {
      fail(
        `promptTemplate.${templateFields[part]}`,
        `order does not name "${part}". Add it there or remove this field.`,
      );
    }
  }
  for (const part of ["prefix", "suffix"] as const) {
    if (!order.includes(part)) fail("promptTemplate.order", `"${part}" must be in it.`);
  }
  if (order.includes("middle") && order.at(-1) !== "middle") {
    fail("promptTemplate.order", '"middle" must be the last part: what follows it is what the model writes.');
  }
  if (promptTemplate.tokensAfterMiddle > 0 && (order.at(-1) !== "middle" || order.at(-2) !== "prefix")) {
    fail("promptTemplate.tokensAfterMiddle", 'needs an order that ends with "prefix" and "middle". Remove it.');
  }
}

/** All special tokens that a manifest names, as text. */
export function specialTokensOf(manifest: Pick<Manifest, "specialTokens">): string[] {
  return Object.values(manifest.specialTokens).filter((token) => token !== undefined);
}

/**
 * Reads and checks the manifest in a model's folder; the files it names are not looked at (see verifyModelFile).
 * @throws ManifestError
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const file = path.join(directory, manifestFileName);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new ManifestError(
      file,
      undefined,
      `cannot be read (${errorMessage(error)}). Set the model's folder to one that holds a manifest.json, or install the model again.`,
      { cause: error },
    );
  }
  return parseManifest(text, file);
}

/**
 * Checks that a file of a model is there, whole and the one that the manifest means. The hash is computed from a
 * stream, so that the event loop stays free.
 * @param directory - The model's folder.
 * @param name - Which of the manifest's files.
 * @returns The absolute path of the file.
 * @throws ManifestError; the signal's reason when it aborts.
 */
export async function verifyModelFile(
  directory: string,
  manifest: Pick<Manifest, "files">,
  name: keyof Manifest["files"],
  signal?: AbortSignal,
): Promise<string> {
  const expected = manifest.files[name];
  const file = path.resolve(directory, expected.path);
  const field = `files.${name}`;
  let size: number;
  try {
    const entry = await stat(file);
    if (!entry.isFile()) throw new Error("it is not a file");
    size = entry.size;
  } catch (error) {
    throw new ManifestError(
      file,
      `${field}.path`,
      `cannot be read (${errorMessage(error)}). Install the model again.`,
      {
        cause: error,
      },
    );
  }
  if (size !== expected.bytes) {
    throw new ManifestError(
      file,
      `${field}.bytes`,
      `the file has ${size} bytes, the manifest says ${expected.bytes}` +
        `${size < expected.bytes ? ": it is cut off" : ""}. Install the model again.`,
    );
  }
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file, signal === undefined ? {} : { signal }))
      hash.update(chunk as Buffer);
  } catch (error) {
    signal?.throwIfAborted();
    throw new ManifestError(file, field, `cannot be read (${errorMessage(error)}). Install the model again.`, {
      cause: error,
    });
  }
  const sha256 = hash.digest("hex");
  if (sha256 !== expected.sha256) {
    throw new ManifestError(
      file,
      `${field}.sha256`,
      `the file's SHA-256 is ${sha256}, the manifest says ${expected.sha256}: it is damaged or of another version. Install the model again.`,
    );
  }
  return file;
}
