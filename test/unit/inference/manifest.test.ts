// What a user is told when a model's folder is not as it must be.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManifestError } from "../../../server/src/inference/errors.js";
import { parseManifest, readManifest, verifyModelFile } from "../../../server/src/inference/manifest.js";
import { validManifest } from "./manifestFixture.js";

type Fixture = ReturnType<typeof validManifest>;

/** A change of one field, by its path. */
const set =
  (field: string, value: unknown) =>
  (manifest: object): void => {
    const keys = field.split(".");
    const last = keys.pop() as string;
    const parent = keys.reduce<Record<string, unknown>>(
      (object, key) => object[key] as Record<string, unknown>,
      manifest as Record<string, unknown>,
    );
    parent[last] = value;
  };

/** The error of a manifest after a change. */
function errorAfter(change: (manifest: Fixture) => unknown): ManifestError {
  const manifest = validManifest();
  const changed = change(manifest) ?? manifest;
  try {
    parseManifest(JSON.stringify(changed), "folder/manifest.json");
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestError);
    return error as ManifestError;
  }
  throw new Error("the manifest was accepted");
}

describe("parseManifest", () => {
  it("accepts a manifest that is right", () => {
    expect(parseManifest(JSON.stringify(validManifest()), "manifest.json")).toEqual(validManifest());
  });

  it("accepts a prefix-suffix-middle template without repository and snippets", () => {
    const { repository: _, snippet: __, ...templates } = validManifest().promptTemplate;
    const { endOfMiddle: ___, repositoryName: ____, fileSeparator: _____, ...specials } = validManifest().specialTokens;
    const manifest = {
      ...validManifest(),
      specialTokens: specials,
      promptTemplate: { ...templates, order: ["prefix", "suffix", "middle"], prefix: "<fim_prefix>{prefix}" },
    };
    expect(parseManifest(JSON.stringify(manifest), "manifest.json").promptTemplate.order).toEqual([
      "prefix",
      "suffix",
      "middle",
    ]);
  });

  const cases: [string, (manifest: Fixture) => unknown, string | undefined, RegExp][] = [
    ["an unknown field", (m) => ({ ...m, quantization: 8 }), "quantization", /not known/],
    ["an unknown field inside", (m) => void Object.assign(m.limits, { maxTokens: 1 }), "limits.maxTokens", /not known/],
    ["a missing field", ({ license: _, ...m }) => m, "license", /missing/],
    ["a missing group", ({ limits: _, ...m }) => m, "limits", /missing/],
    ["another format", (m) => ({ ...m, formatVersion: 2 }), "formatVersion", /is 2.*format 1.*Update Horizon/],
    ["another architecture", set("architecture.type", "mamba"), "architecture.type", /"mamba" is not known.*"llama"/],
    ["a wrong type", (m) => void Object.assign(m.architecture, { layers: "2" }), "architecture.layers", /is "2"/],
    ["a bad hash", set("files.weights.sha256", "XYZ"), "files.weights.sha256", /64 lower-case/],
    ["a path outside", set("files.weights.path", "../x.onnx"), "files.weights.path", /inside the model's folder/],
    ["an absolute path", set("files.weights.path", "/x.onnx"), "files.weights.path", /inside the model's folder/],
    ["a Windows path", set("files.weights.path", "C:\\x.onnx"), "files.weights.path", /inside the model's folder/],
    ["heads that do not divide", set("architecture.keyValueHeads", 3), "architecture.keyValueHeads", /divide/],
    ["too long prompts", set("limits.promptTokens", 2000), "limits.promptTokens", /maximumPositions/],
    ["a suffix share of one", set("limits.suffixShare", 1), "limits.suffixShare", /Correct it/],
    ["a token used twice", set("specialTokens.endOfMiddle", "<|endoftext|>"), "specialTokens", /stands there twice/],
    [
      "an unknown part",
      (m) => void m.promptTemplate.order.splice(0, 1, "title"),
      "promptTemplate.order[0]",
      /"title" is not known as a part.*"repository", "snippets"/,
    ],
    ["a part twice", (m) => void m.promptTemplate.order.splice(1, 1, "repository"), "promptTemplate.order[1]", /twice/],
    [
      "a part without a template",
      (m) => ({ ...m, promptTemplate: { ...m.promptTemplate, suffix: undefined } }),
      "promptTemplate.suffix",
      /missing/,
    ],
    [
      "a template without a part",
      (m) => void m.promptTemplate.order.shift(),
      "promptTemplate.repository",
      /order does not name/,
    ],
    [
      "an unknown template",
      (m) => void Object.assign(m.promptTemplate, { header: "x" }),
      "promptTemplate.header",
      /not known/,
    ],
    [
      "an unknown placeholder",
      set("promptTemplate.prefix", "<fim_prefix>{file}{prefix}"),
      "promptTemplate.prefix",
      /\{file\} is not known.*\{prefix\}, \{path\}/,
    ],
    [
      "a placeholder of another part",
      set("promptTemplate.middle", "<fim_middle>{prefix}"),
      "promptTemplate.middle",
      /\{prefix\} is not known here.*none/,
    ],
    [
      "a missing placeholder",
      set("promptTemplate.suffix", "<fim_suffix>"),
      "promptTemplate.suffix",
      /\{suffix\} must stand in it once, but stands 0/,
    ],
    [
      "a placeholder twice",
      set("promptTemplate.suffix", "{suffix}{suffix}"),
      "promptTemplate.suffix",
      /once, but stands 2/,
    ],
    [
      "an unknown special token",
      set("promptTemplate.middle", "<fim_mid>"),
      "promptTemplate.middle",
      /"<fim_mid>" looks like a special token/,
    ],
    [
      "an unknown token in brackets",
      set("promptTemplate.middle", "[MIDDLE]"),
      "promptTemplate.middle",
      /"\[MIDDLE\]" looks like/,
    ],
    [
      "no prefix",
      (m) => void Object.assign(m, { promptTemplate: { order: ["suffix"], suffix: "{suffix}" } }),
      "promptTemplate.order",
      /"prefix" must be in it/,
    ],
    [
      "a middle that is not last",
      (m) => void m.promptTemplate.order.reverse(),
      "promptTemplate.order",
      /"middle" must be the last/,
    ],
    [
      "tokens behind a middle that does not follow the prefix",
      (m) => {
        m.promptTemplate.order = ["repository", "snippets", "prefix", "suffix", "middle"];
        Object.assign(m.promptTemplate, { tokensAfterMiddle: 4 });
      },
      "promptTemplate.tokensAfterMiddle",
      /needs an order that ends with/,
    ],
    [
      "an unknown field in the self-test",
      (m) => void Object.assign(m.selfTest, { tokens: 1 }),
      "selfTest.tokens",
      /not known/,
    ],
    ["no object at all", () => [], undefined, /./],
  ];

  it.each(cases)("refuses %s", (_, change, field, message) => {
    const error = errorAfter(change);
    expect(error.field).toBe(field);
    expect(error.file).toBe("folder/manifest.json");
    expect(error.kind).toBe("manifest");
    expect(error.message).toMatch(message);
    expect(error.message).toContain("folder/manifest.json");
    if (field !== undefined) expect(error.message).toContain(field);
  });

  it("says when the file is cut off", () => {
    const text = JSON.stringify(validManifest());
    expect(() => parseManifest(text.slice(0, 100), "manifest.json")).toThrow(
      /manifest\.json: is not JSON.*cut off: install/s,
    );
  });
});

describe("a model's folder", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "horizon-manifest-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** Puts a weights file there and returns a manifest that fits it. */
  async function weights(content: string): Promise<Pick<Fixture, "files">> {
    await writeFile(path.join(directory, "model.onnx"), content);
    const { files } = validManifest();
    files.weights.bytes = Buffer.byteLength(content);
    files.weights.sha256 = createHash("sha256").update(content).digest("hex");
    return { files };
  }

  it("is refused without a manifest", async () => {
    await expect(readManifest(directory)).rejects.toThrow(/manifest\.json: cannot be read.*install the model again/s);
    await expect(readManifest(path.join(directory, "none"))).rejects.toBeInstanceOf(ManifestError);
  });

  it("is read with its manifest", async () => {
    await writeFile(path.join(directory, "manifest.json"), JSON.stringify(validManifest()));
    await expect(readManifest(directory)).resolves.toEqual(validManifest());
  });

  it("has the file that the manifest means", async () => {
    const manifest = await weights("0123456789".repeat(50_000));
    await expect(verifyModelFile(directory, manifest, "weights")).resolves.toBe(path.join(directory, "model.onnx"));
  });

  it("lacks the file", async () => {
    await expect(verifyModelFile(directory, validManifest(), "weights")).rejects.toMatchObject({
      name: "ManifestError",
      file: path.join(directory, "model.onnx"),
      field: "files.weights.path",
      message: expect.stringMatching(/cannot be read.*Install the model again/s),
    });
  });

  it("has a folder where the file should be", async () => {
    await mkdir(path.join(directory, "model.onnx"));
    await expect(verifyModelFile(directory, validManifest(), "weights")).rejects.toThrow(/it is not a file/);
  });

  it("has a file that is cut off", async () => {
    const manifest = await weights("0123456789");
    await writeFile(path.join(directory, "model.onnx"), "012345678");
    await expect(verifyModelFile(directory, manifest, "weights")).rejects.toMatchObject({
      field: "files.weights.bytes",
      message: expect.stringMatching(/9 bytes, the manifest says 10: it is cut off/),
    });
  });

  it("has a file that is too long", async () => {
    const manifest = await weights("0123456789");
    await writeFile(path.join(directory, "model.onnx"), "0123456789A");
    await expect(verifyModelFile(directory, manifest, "weights")).rejects.toThrow(
      /11 bytes, the manifest says 10\. Install/,
    );
  });

  it("has a file of the right size with other content", async () => {
    const manifest = await weights("0123456789");
    await writeFile(path.join(directory, "model.onnx"), "012345678X");
    await expect(verifyModelFile(directory, manifest, "weights")).rejects.toMatchObject({
      field: "files.weights.sha256",
      message: expect.stringContaining(manifest.files.weights.sha256),
    });
  });

  it("is not read further once the signal aborts", async () => {
    const manifest = await weights("0123456789");
    const reason = new Error("enough");
    await expect(verifyModelFile(directory, manifest, "weights", AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
