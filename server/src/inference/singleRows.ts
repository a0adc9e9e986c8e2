// Whether a token may be read by itself while text is written, or needs a copy beside it to be computed as in a prompt.
import type { DecoderModel, RunGraph } from "./decoder.js";
import { KeyValueCache } from "./kvCache.js";

/** Tokens that are tried; some layers agree by chance at one of them. */
const tried = 4;

/**
 * Reads tokens alone, and beside a copy. ONNX Runtime multiplies a single row by other kernels than several; where their sums
 * are exact or in the same order, which depends on the weights' format and on the processor, the logits are the same
 * bits. (Nothing is read before them, so attention has nothing to sum. With more before them its sums are of 32-bit numbers, and
 * differ in the last bit; layers that round their input to 8 bits drop that but for one token in a hundred.)
 */
export async function agreesOnSingleRows(run: RunGraph, model: DecoderModel): Promise<boolean> {
  const cache = new KeyValueCache(model);
  for (let index = 1; index <= tried; index++) {
    const token = Math.floor((index * model.vocabularySize) / (tried + 1));
    const alone = await run([token], cache, 1);
    const beside = await run([token, token], cache, 2);
    if (alone.logits.some((logit, place) => logit !== beside.logits[place])) return false;
  }
  return true;
}
