// Makes values inside an ONNX graph its outputs, without writing the model anew.

/** Numbers of fields in onnx.proto. */
const field = {
  modelGraph: 7,
  graphOutput: 12,
  valueName: 1,
  valueType: 2,
  typeTensor: 1,
  tensorElementType: 1,
} as const;

/** TensorProto.FLOAT. */
const float = 1;

/** A number as protobuf writes it: seven bits a byte, the lowest first. */
function variableLength(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Uint8Array.of(...bytes, rest);
    bytes.push((rest & 127) | 128);
  }
}

/** A field that holds a text or a message. */
function delimited(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([variableLength((number << 3) | 2), variableLength(content.length), content]);
}

/**
 * What to append to an ONNX file so that its graph has these outputs of 32-bit numbers as well. Appending is enough: when a
 * message stands in a file twice, protobuf reads both as one, and lists of both one after the other.
 */
export function outputsToAppend(names: readonly string[]): Uint8Array {
  const tensor = Uint8Array.of(field.tensorElementType << 3, float);
  const type = delimited(field.valueType, delimited(field.typeTensor, tensor));
  const outputs = names.map((name) =>
    delimited(field.graphOutput, Buffer.concat([delimited(field.valueName, Buffer.from(name)), type])),
  );
  return delimited(field.modelGraph, Buffer.concat(outputs));
}
