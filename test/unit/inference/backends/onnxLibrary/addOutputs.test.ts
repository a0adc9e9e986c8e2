import protobuf from "protobufjs";
import { expect, it } from "vitest";
import { outputsToAppend } from "../../../../../server/src/inference/backends/onnxLibrary/addOutputs.js";

/** What of onnx.proto is needed here, fields as they are numbered there. */
const { root } = protobuf.parse(`
  syntax = "proto2";
  message TypeProto { message Tensor { optional int32 elem_type = 1; } optional Tensor tensor_type = 1; }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message GraphProto { optional string name = 2; repeated ValueInfoProto output = 12; }
  message ModelProto { optional int64 ir_version = 1; optional GraphProto graph = 7; }
`);

it("gives a graph more outputs when it is appended to the file, and changes nothing else", () => {
  const model = root.lookupType("ModelProto");
  const file = model.encode({ irVersion: 8, graph: { name: "decoder", output: [{ name: "logits" }] } }).finish();
  // One of them is long enough that its length takes two bytes.
  const names = ["present.0.key", `present.${"0".repeat(200)}.value`];
  const together = model.decode(Buffer.concat([file, outputsToAppend(names)]));
  const type = { tensorType: { elemType: 1 } };
  expect(model.toObject(together, { longs: Number })).toEqual({
    irVersion: 8,
    graph: { name: "decoder", output: [{ name: "logits" }, ...names.map((name) => ({ name, type }))] },
  });
});
