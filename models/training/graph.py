"""Builds the ONNX graph of the decoder from ONNX Runtime's fused operators: packed QKV, delta outputs, one embedding."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from model import NGRAM_FACTORS, NGRAM_ORDERS, PRECEDING_TOKENS, ModelConfig, rotary_tables
from quantize import BLOCK, quantize_blocks, quantize_rows

# Weights as the PyTorch model names them: fp32 arrays.
Weights = dict[str, np.ndarray]
# Steps by which the inputs of layers are rounded to 8 bits, by the name of the layer; see calibrate.py.
InputSteps = dict[str, float]
OPSET, MICROSOFT = 17, "com.microsoft"
# Unsigned, because ONNX Runtime's fastest integer products on x86 are those of unsigned inputs with signed weights.
ZERO_POINT = 128


class GraphBuilder:
    """Collects nodes and initializers; `bits` is 8, 4, or 32 for unquantized weights. Layers with a step multiply integers throughout."""

    def __init__(self, config: ModelConfig, weights: Weights, bits: int, steps: InputSteps | None = None) -> None:
        self.config, self.weights, self.bits, self.steps = config, weights, bits, steps or {}
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(self, operator: str, inputs: list[str], outputs: list[str], domain: str = MICROSOFT, **attributes: object) -> str:
        self.nodes.append(
            helper.make_node(operator, inputs, outputs, domain=domain, name=f"{outputs[0]}/{operator}", **attributes)
        )
        return outputs[0]

    def quantized(self, name: str, weight: np.ndarray, flat: bool) -> list[str]:
        """Constants of a quantized matrix: [rows, blocks, bytes] for MatMulNBits, or rows flattened for the gather."""
        codes, scales = quantize_blocks(weight, self.bits)
        rows = codes.shape[0]
        return [
            self.constant(f"{name}.codes", codes.reshape(rows, -1) if flat else codes),
            self.constant(f"{name}.scales", scales),
        ]

    def linear(self, name: str, weight: np.ndarray, x: str, y: str) -> str:
        """y = x · weightᵀ for a weight of [outputs, inputs]."""
        outputs, inputs = weight.shape
        if name in self.steps:
            return self.integer_linear(name, weight, x, y)
        if self.bits == 32:
            return self.node("MatMul", [x, self.constant(f"{name}.weight", weight.T)], [y], domain="")
        constants = self.quantized(name, weight, flat=False)
        return self.node(
            "MatMulNBits", [x, *constants], [y],
            K=inputs, N=outputs, bits=self.bits, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip

    def integer_linear(self, name: str, weight: np.ndarray, x: str, y: str) -> str:
        """
        The same with x rounded by a step that does not depend on it, so that a token's result does not depend on which
        others are read in the same run. The sums are exact integers: one row gives what many rows give.
        """
        codes, scales = quantize_rows(weight)
        step, zero = self.constant(f"{x}.step", np.float32(self.steps[name])), self.constant("zero_point", np.uint8(ZERO_POINT))
        rounded = f"{x}.rounded"
        # Layers that read the same input share its rounded form.
        if not any(rounded in node.output for node in self.nodes):
            self.node("QuantizeLinear", [x, step, zero], [rounded], domain="")
        constants = [self.constant(f"{name}.columns", codes.T), step, self.constant(f"{name}.scales", scales), zero]
        return self.node("MatMulIntegerToFloat", [rounded, *constants], [y])

    def rows(self, table: str, ids: str, y: str) -> str:
        """Rows of a table of embeddings."""
        weight = self.weights[f"{table}.weight"]
        if self.bits == 32:
            return self.node("Gather", [self.constant(f"{table}.rows", weight), ids], [y], domain="")
        codes, scales = self.quantized(table, weight, flat=True)
        return self.node(
            "GatherBlockQuantized", [codes, ids, scales], [y],
            gather_axis=0, quantize_axis=1, block_size=BLOCK, bits=self.bits,
        )  # fmt: skip

    def embed(self) -> str:
        """The token's embedding, which the output projection shares, and those of the n-grams that end with it."""
        embedded = self.rows("embedding", "input_ids", "embedded")
        if not self.config.ngram_rows:
            return embedded

        def number(name: str, value: int) -> str:
            return self.constant(f"ngrams.{name}", np.array([value], dtype=np.int64))

        axis, table_rows = number("axis", 1), number("table_rows", self.config.ngram_rows)
        text = self.node("Concat", ["preceding_ids", "input_ids"], ["ngrams.text"], domain="", axis=1)
        hashed, places = "input_ids", []
        for order in range(2, max(NGRAM_ORDERS) + 1):
            # The tokens `order - 1` places earlier, one for each new token.
            start, end = number(f"{order}.start", PRECEDING_TOKENS + 1 - order), number(f"{order}.end", 1 - order)
            earlier = self.node("Slice", [text, start, end, axis], [f"ngrams.{order}.earlier"], domain="")
            product = self.node("Mul", [earlier, number(f"{order}.factor", NGRAM_FACTORS[order - 2])], [f"ngrams.{order}.product"], domain="")
            hashed = self.node("Add", [hashed, product], [f"ngrams.{order}.hash"], domain="")
            if order in NGRAM_ORDERS:
                row = self.node("Mod", [hashed, table_rows], [f"ngrams.{order}.row"], domain="")
                first = number(f"{order}.first", len(places) * self.config.ngram_rows)
                places.append(self.node("Add", [row, first], [f"ngrams.{order}.place"], domain=""))
        found = self.rows("ngrams", self.node("Concat", places, ["ngrams.places"], domain="", axis=0), "ngrams.found")
        summed = self.node("ReduceSum", [found, number("orders", 0)], ["ngrams.sum"], domain="", keepdims=1)
        return self.node("Add", [embedded, summed], ["embedded.sum"], domain="")

    def unembed(self, hidden: str) -> str:
        weight = self.weights["embedding.weight"]
        if self.bits == 32:
            rows = self.constant("embedding.rows", weight)
            return self.node("MatMul", [hidden, self.node("Transpose", [rows], ["embedding.columns"], domain="", perm=[1, 0])], ["logits"], domain="")
        # MatMulNBits wants [rows, blocks, bytes], the gather [rows, columns]: one constant, one reshape that constant
        # folding performs at load.
        rows, columns = weight.shape
        self.quantized("embedding", weight, flat=True)
        shape = self.constant("embedding.shape", np.array([rows, columns // BLOCK, BLOCK * self.bits // 8], dtype=np.int64))
        codes = self.node("Reshape", ["embedding.codes", shape], ["embedding.blocks"], domain="")
        return self.node(
            "MatMulNBits", [hidden, codes, "embedding.scales"], ["logits"],
            K=columns, N=rows, bits=self.bits, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip

    def build(self) -> onnx.ModelProto:
        config, weights = self.config, self.weights
        head = config.head_size
        cosine, sine = (table.numpy() for table in rotary_tables(config, config.maximum_positions))
        self.constant("rotary.cosine", cosine)
        self.constant("rotary.sine", sine)
        value = helper.make_tensor_value_info
        inputs = [
            value("input_ids", TensorProto.INT64, [1, "S"]),
            value("seqlens_k", TensorProto.INT32, [1]),
            value("total_sequence_length", TensorProto.INT32, [1]),
            value("output_positions", TensorProto.INT64, ["P"]),
        ]
        outputs = [
            value("logits", TensorProto.FLOAT, [1, "P", config.vocabulary_size]),
            value("horizon", TensorProto.FLOAT, [1, "P", 2]),
        ]
        if config.ngram_rows:
            inputs.insert(1, value("preceding_ids", TensorProto.INT64, [1, PRECEDING_TOKENS]))
        residual = self.embed()
        x = self.node(
            "SimplifiedLayerNormalization",
            [residual, self.constant("blocks.0.attention_norm", weights["blocks.0.attention_norm.weight"])],
            ["blocks.0.x"], domain="", axis=-1, epsilon=config.norm_epsilon, stash_type=1,
        )  # fmt: skip
        self.node("Shape", ["input_ids"], ["new_length"], domain="", start=1, end=2)
        self.node("Cast", ["total_sequence_length"], ["total_length"], domain="", to=TensorProto.INT64)
        self.node("Sub", ["total_length", "new_length"], ["past_length"], domain="")
        self.constant("axis_2", np.array([2], dtype=np.int64))
        for layer in range(config.layers):
            block = f"blocks.{layer}."
            qkv = np.concatenate([weights[f"{block}attention.{part}.weight"] for part in ("query", "key", "value")])
            packed = self.linear(f"{block}qkv", qkv, x, f"{block}qkv.y")
            for part in ("key", "value"):
                shape = [1, config.key_value_heads, "PAST", head]
                inputs.append(value(f"past.{layer}.{part}", TensorProto.FLOAT, shape))
                outputs.append(value(f"delta.{layer}.{part}", TensorProto.FLOAT, [1, config.key_value_heads, "S", head]))
            attended = self.node(
                "GroupQueryAttention",
                [packed, "", "", f"past.{layer}.key", f"past.{layer}.value", "seqlens_k", "total_sequence_length", "rotary.cosine", "rotary.sine"],
                [f"{block}attended", f"present.{layer}.key", f"present.{layer}.value"],
                num_heads=config.attention_heads, kv_num_heads=config.key_value_heads,
                do_rotary=1, rotary_interleaved=0, scale=head**-0.5,
            )  # fmt: skip
            for part in ("key", "value"):
                # Only what is new leaves the graph: the caller keeps the rest, so copies do not grow with the context.
                self.node("Slice", [f"present.{layer}.{part}", "past_length", "total_length", "axis_2"], [f"delta.{layer}.{part}"], domain="")
            projected = self.linear(f"{block}output", weights[f"{block}attention.output.weight"], attended, f"{block}output.y")
            middle = self.node(
                "SkipSimplifiedLayerNormalization",
                [residual, projected, self.constant(f"{block}feed_forward_norm", weights[f"{block}feed_forward_norm.weight"])],
                [f"{block}m", "", "", f"{block}residual"], epsilon=config.norm_epsilon,
            )  # fmt: skip
            gate = self.linear(f"{block}gate", weights[f"{block}feed_forward.gate.weight"], middle, f"{block}gate.y")
            up = self.linear(f"{block}up", weights[f"{block}feed_forward.up.weight"], middle, f"{block}up.y")
            sigmoid = self.node("Sigmoid", [gate], [f"{block}sigmoid"], domain="")
            silu = self.node("Mul", [gate, sigmoid], [f"{block}silu"], domain="")
            product = self.node("Mul", [silu, up], [f"{block}product"], domain="")
            down = self.linear(f"{block}down", weights[f"{block}feed_forward.down.weight"], product, f"{block}down.y")
            last = layer + 1 == config.layers
            norm = weights["norm.weight"] if last else weights[f"blocks.{layer + 1}.attention_norm.weight"]
            next_residual = f"blocks.{layer + 1}.residual_in"
            x = self.node(
                "SkipSimplifiedLayerNormalization",
                [f"{block}residual", down, self.constant(f"norm.{layer + 1}", norm)],
                [f"blocks.{layer + 1}.x"] + ([] if last else ["", "", next_residual]), epsilon=config.norm_epsilon,
            )  # fmt: skip
            residual = next_residual
        self.node("Gather", [x, "output_positions"], ["selected"], domain="", axis=1)
        self.unembed("selected")
        self._horizon()
        graph = helper.make_graph(self.nodes, "decoder", inputs, outputs, list(self.initializers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)])
        model.ir_version = 8
        return model

    def _horizon(self) -> None:
        """Column 0 through a sigmoid, column 1 as it is; small, so unquantized."""
        weight, bias = self.weights["horizon.weight"], self.weights["horizon.bias"]
        for column, name in ((0, "fraction"), (1, "remaining")):
            w = self.constant(f"horizon.{name}.weight", weight[column : column + 1].T)
            b = self.constant(f"horizon.{name}.bias", bias[column : column + 1])
            product = self.node("MatMul", ["selected", w], [f"horizon.{name}.product"], domain="")
            self.node("Add", [product, b], [f"horizon.{name}.raw"], domain="")
        self.node("Sigmoid", ["horizon.fraction.raw"], ["horizon.fraction"], domain="")
        self.node("Concat", ["horizon.fraction", "horizon.remaining.raw"], ["horizon"], domain="", axis=-1)


def build_graph(config: ModelConfig, weights: Weights, bits: int, steps: InputSteps | None = None) -> onnx.ModelProto:
    return GraphBuilder(config, weights, bits, steps).build()
