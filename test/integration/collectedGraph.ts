// Runs a model in place while everything that can be collected is, without onnxruntime-node, whose library would stay in
// memory for it: run by inPlaceGraph.test.ts, with --expose-gc. Prints the sum of the last logits.
import { openInPlaceGraph } from "../../server/src/inference/backends/onnxLibrary/inPlaceGraph.js";
import { OrtApi } from "../../server/src/inference/backends/onnxLibrary/ortApi.js";
import type { DecoderModel } from "../../server/src/inference/decoder.js";
import { KeyValueCache } from "../../server/src/inference/kvCache.js";

async function main(library: string, weights: string, model: DecoderModel): Promise<void> {
  const { default: koffi } = await import("koffi");
  const graph = await openInPlaceGraph(OrtApi.open(koffi, library), weights, 1, model);
  let sum = 0;
  for (let turn = 0; turn < 5; turn++) {
    const cache = new KeyValueCache(model);
    for (let place = 0; place < 40; place++) {
      global.gc?.();
      const { logits } = await graph.run([place], cache, 1);
      cache.extend([place]);
      sum = logits.reduce((total, logit) => total + logit, 0);
    }
  }
  await graph.release();
  process.stdout.write(String(sum));
}

const [library = "", weights = "", model = ""] = process.argv.slice(2);
void main(library, weights, JSON.parse(model) as DecoderModel);
