// A session's inputs and outputs against what the manifest says of the graph.
import { describe, expect, it } from "vitest";
import { compareTensors, expectedTensors } from "../../../../../server/src/inference/backends/onnx/graph.js";
import type { TensorDescription } from "../../../../../server/src/inference/backends/onnx/hostProtocol.js";

const model = {
  layers: 1,
  keyValueHeads: 2,
  headSize: 4,
  maximumPositions: 64,
  vocabularySize: 300,
  horizonOutputs: true,
  precedingTokens: 0,
};

const outputs: TensorDescription[] = [
  { name: "logits", type: "float32", shape: [1, "P", 300] },
  { name: "horizon", type: "float32", shape: [1, "P", 2] },
  { name: "delta.0.key", type: "float32", shape: [1, 2, "S", 4] },
  { name: "delta.0.value", type: "float32", shape: ["B", 2, "S", 4] },
];

const compare = (found: readonly TensorDescription[], changes = {}): string | undefined =>
  compareTensors("output", expectedTensors({ ...model, ...changes }).outputs, found);

/** The outputs with one of them changed. */
const changed = (name: string, change: Partial<TensorDescription>): TensorDescription[] =>
  outputs.map((output) => (output.name === name ? { ...output, ...change } : output));

describe("compareTensors", () => {
  it("is content with the graph that it expects, whatever its varying sizes are called", () => {
    expect(compare(outputs)).toBeUndefined();
  });

  it("expects no horizon of a model without one", () => {
    expect(
      compare(
        outputs.filter(({ name }) => name !== "horizon"),
        { horizonOutputs: false },
      ),
    ).toBeUndefined();
    expect(compare(outputs, { horizonOutputs: false })).toBe('the output "horizon" is not known');
  });

  it("expects the tokens before the new ones where the model reads them", () => {
    const { inputs } = expectedTensors({ ...model, precedingTokens: 2 });
    expect(inputs).toContainEqual({ name: "preceding_ids", type: "int64", shape: [1, 2] });
    expect(expectedTensors(model).inputs.map(({ name }) => name)).not.toContain("preceding_ids");
  });

  it("names what is missing, unknown, of another type or of another shape", () => {
    expect(compare(outputs.slice(1))).toBe('the output "logits" is missing');
    expect(compare(outputs, { layers: 2 })).toBe('the output "delta.1.key" is missing');
    expect(compare([...outputs, { name: "loss", type: "float32", shape: [] }])).toBe('the output "loss" is not known');
    expect(compare(changed("logits", { type: "float16" }))).toBe('the output "logits" is of type float16, not float32');
    expect(compare(changed("logits", { shape: [1, "P", 299] }))).toBe(
      'the output "logits" has the shape [1, P, 299], not [1, *, 300]',
    );
    expect(compare(changed("delta.0.key", { shape: [1, 2, 16, 4] }))).toMatch(/has the shape \[1, 2, 16, 4\], not/);
    expect(compare(changed("delta.0.key", { shape: [1, 2, 4] }))).toMatch(/has the shape/);
  });
});
