// The model's process: what computes, and what remembers the user's files for it.
import { PersonalMemory } from "./context/memory/personalMemory.js";
import { serveModel } from "./inference/backends/onnx/host.js";

/**
 * Bytes for the memory: three million tokens of 16 bits, some ten megabytes of source. Who feeds it sends the nearest
 * files, no more than fit.
 */
const mostBytes = 24 * 1024 * 1024;

serveModel((highestTokenId) => new PersonalMemory({ mostBytes, highestTokenId }));
