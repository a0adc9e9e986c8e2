// Copies of the bundled model with something wrong in them, and what Horizon must say of each.
import { cp, mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundledModel } from "./serverProcess.js";

interface ManifestOnDisk {
  [field: string]: unknown;
  promptTemplate: Record<string, unknown>;
  limits: Record<string, unknown>;
  specialTokens: Record<string, string>;
}

/** One way for a model to be broken. */
export interface Breakage {
  readonly what: string;
  /** Breaks the model in this folder. */
  readonly inflict: (folder: string) => Promise<void>;
  /** What the message must name. */
  readonly says: RegExp;
}

const weights = (folder: string): string => path.join(folder, "model.onnx");
const manifest = (folder: string): string => path.join(folder, "manifest.json");

async function editManifest(folder: string, edit: (manifest: ManifestOnDisk) => void): Promise<void> {
  const content = JSON.parse(await readFile(manifest(folder), "utf8")) as ManifestOnDisk;
  edit(content);
  await writeFile(manifest(folder), JSON.stringify(content));
}

/** Every way that a user's model has been seen to be broken. */
export const breakages: readonly Breakage[] = [
  {
    what: "no folder",
    inflict: (folder) => rm(folder, { recursive: true }),
    says: /manifest\.json/,
  },
  {
    what: "no manifest",
    inflict: (folder) => rm(manifest(folder)),
    says: /manifest\.json/,
  },
  {
    what: "a cut-off manifest",
    inflict: (folder) => truncate(manifest(folder), 300),
    says: /manifest\.json.*JSON/,
  },
  {
    what: "an unknown field in the manifest",
    inflict: (folder) =>
      editManifest(folder, ({ limits }) => {
        limits.temperature = 0.7;
      }),
    says: /temperature/,
  },
  {
    what: "an unknown template placeholder",
    inflict: (folder) =>
      editManifest(folder, ({ promptTemplate }) => {
        promptTemplate.suffix = "<fim_suffix>{after}";
      }),
    says: /\{?after\}?/,
  },
  {
    what: "a special token that the tokenizer does not have",
    inflict: (folder) =>
      editManifest(folder, ({ specialTokens, promptTemplate }) => {
        specialTokens.fimSuffix = "<hole>";
        promptTemplate.suffix = "<hole>{suffix}";
      }),
    says: /<hole>/,
  },
  {
    what: "no weights",
    inflict: (folder) => rm(weights(folder)),
    says: /model\.onnx/,
  },
  {
    what: "cut-off weights",
    inflict: (folder) => truncate(weights(folder), 1_000_000),
    says: /model\.onnx/,
  },
  {
    what: "one wrong byte in the weights",
    inflict: async (folder) => {
      const file = await open(weights(folder), "r+");
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 1_000_000);
      await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, 1_000_000);
      await file.close();
    },
    says: /model\.onnx.*(SHA-256|sha256|hash)/,
  },
  {
    what: "a cut-off tokenizer",
    inflict: (folder) => truncate(path.join(folder, "tokenizer.json"), 1000),
    says: /tokenizer\.json/,
  },
];

/** Copies the bundled model and breaks the copy. Returns the copy's folder; the caller removes the folder around it. */
export async function breakModel(breakage: Breakage): Promise<string> {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), "horizon-model-")), "model");
  await cp(bundledModel, folder, { recursive: true });
  await breakage.inflict(folder);
  return folder;
}

/** Removes what `breakModel` has made. */
export async function removeModel(folder: string): Promise<void> {
  await rm(path.dirname(folder), { recursive: true, force: true });
}
