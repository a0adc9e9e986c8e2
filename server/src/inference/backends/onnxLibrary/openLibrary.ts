// Finds onnxruntime-node's own library, and opens it through koffi.
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { OrtApi } from "./ortApi.js";

/** What the library is called on Linux, macOS and Windows. */
const libraryName = /^(?:lib)?onnxruntime(?:\.so(?:\.\d+)?|\.\d+\.dylib|\.dll)$/;

/**
 * Where the library lies in onnxruntime-node's package.
 * @throws Error if there is none for this platform.
 */
export async function findLibrary(): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  const folder = path.join(path.dirname(manifest), "bin", "napi-v6", process.platform, process.arch);
  const name = (await readdir(folder)).find((file) => libraryName.test(file));
  if (name === undefined) throw new Error(`there is no library of ONNX Runtime in ${folder}`);
  return path.join(folder, name);
}

/** @throws Error if koffi is not installed, or the library cannot be loaded or is too old. */
export async function openLibrary(): Promise<OrtApi> {
  const { default: koffi } = await import("koffi");
  return OrtApi.open(koffi, await findLibrary());
}
