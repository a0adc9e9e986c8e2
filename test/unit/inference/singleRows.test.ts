import { describe, expect, it } from "vitest";
import { Decoder, type DecoderModel, type RunGraph } from "../../../server/src/inference/decoder.js";
import { agreesOnSingleRows } from "../../../server/src/inference/singleRows.js";

const never = new AbortController().signal;

const model: DecoderModel = {
  layers: 1,
  keyValueHeads: 1,
  headSize: 1,
  maximumPositions: 300,
  vocabularySize: 10,
  horizonOutputs: false,
  precedingTokens: 0,
  prefillChunkTokens: 128,
};

/** A graph that says the next number, writes in place, and is off by `error` where it reads a single row. */
function newGraph(error: number): { readonly run: RunGraph; readonly rows: number[] } {
  const rows: number[] = [];
  const run: RunGraph = async (tokens, cache, predictions) => {
    rows.push(tokens.length);
    cache.reserve(cache.length + tokens.length);
    const { key, value } = cache.layer(0);
    for (const [index, token] of tokens.entries()) {
      key[cache.length + index] = token;
      value[cache.length + index] = -token;
    }
    const logits = new Float32Array(predictions * model.vocabularySize);
    for (let index = 0; index < predictions; index++) {
      const token = tokens[tokens.length - predictions + index] as number;
      logits[index * model.vocabularySize + ((token + 1) % model.vocabularySize)] =
        5 + (tokens.length === 1 ? error : 0);
    }
    return { deltas: undefined, logits, horizon: new Float32Array() };
  };
  return { run, rows };
}

describe("a token that is written", () => {
  it.each([
    ["by itself where a single row gives the same bits", 0, [2, 1, 1, 1]],
    ["beside a copy of itself where it does not", 1e-6, [2, 2, 2, 2]],
  ])("is read %s", async (_, error, expectedRows) => {
    const { run, rows } = newGraph(error);
    const singleRows = await agreesOnSingleRows(run, model);
    expect(singleRows).toBe(error === 0);
    rows.length = 0;
    const decoder = new Decoder(model, run, { singleRows });
    await decoder.prefill([1, 2], never);
    const written: number[] = [];
    await decoder.decode({ maxTokens: 3, endIds: new Set(), signal: never, onToken: ({ id }) => written.push(id) });
    expect(written).toEqual([3, 4, 5]);
    expect(rows).toEqual(expectedRows);
    expect(decoder.tokens).toEqual([1, 2, 3, 4, 5]);
  });
});
