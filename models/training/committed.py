"""Reads a committed model (model.onnx, quantized) back into the PyTorch decoder, so that training can go on from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from model import Decoder, ModelConfig
from quantize import dequantize_blocks


def read_config(directory: Path) -> ModelConfig:
    """The architecture of a model's manifest."""
    architecture = json.loads((directory / "manifest.json").read_text())["architecture"]
    return ModelConfig(
        vocabulary_size=architecture["vocabularySize"],
        hidden_size=architecture["hiddenSize"],
        layers=architecture["layers"],
        attention_heads=architecture["attentionHeads"],
        key_value_heads=architecture["keyValueHeads"],
        head_size=architecture["headSize"],
        feed_forward_size=architecture["feedForwardSize"],
        maximum_positions=architecture["maximumPositions"],
    )


def load_committed(directory: Path) -> tuple[Decoder, ModelConfig]:
    """The decoder with the dequantized weights of directory/model.onnx."""
    config = read_config(directory)
    weight_format = json.loads((directory / "manifest.json").read_text())["architecture"]["weightFormat"]
    if weight_format not in ("q4", "q8"):
        raise ValueError(f"{directory}: weights in {weight_format} cannot be read back; start from a checkpoint of train.py")
    bits = int(weight_format[1:])
    constants = {
        constant.name: numpy_helper.to_array(constant)
        for constant in onnx.load(str(directory / "model.onnx")).graph.initializer
    }

    def matrix(name: str) -> np.ndarray:
        codes, scales = constants[f"{name}.codes"], constants[f"{name}.scales"]
        return dequantize_blocks(codes.reshape(*scales.shape, -1), scales, bits)

    weights = {"embedding.weight": matrix("embedding"), "norm.weight": constants[f"norm.{config.layers}"]}
    query, key_value = config.attention_heads * config.head_size, config.key_value_heads * config.head_size
    for layer in range(config.layers):
        block = f"blocks.{layer}."
        packed = matrix(f"{block}qkv")
        parts = np.split(packed, [query, query + key_value])
        for part, value in zip(("query", "key", "value"), parts, strict=True):
            weights[f"{block}attention.{part}.weight"] = value
        weights[f"{block}attention.output.weight"] = matrix(f"{block}output")
        for part in ("gate", "up", "down"):
            weights[f"{block}feed_forward.{part}.weight"] = matrix(f"{block}{part}")
        norm = f"{block}attention_norm" if layer == 0 else f"norm.{layer}"
        weights[f"{block}attention_norm.weight"] = constants[norm]
        weights[f"{block}feed_forward_norm.weight"] = constants[f"{block}feed_forward_norm"]
    columns = ("fraction", "remaining")
    weights["horizon.weight"] = np.concatenate([constants[f"horizon.{name}.weight"].T for name in columns])
    weights["horizon.bias"] = np.concatenate([constants[f"horizon.{name}.bias"] for name in columns])
    model = Decoder(config)
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})
    return model, config
