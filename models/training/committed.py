"""Reads a committed model (model.onnx, quantized) back into the PyTorch decoder, so that training can go on from it, with another tokenizer too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer

from layout import SPECIAL_TOKENS
from model import Decoder, ModelConfig
from quantize import dequantize_blocks, dequantize_rows


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
        ngram_rows=architecture.get("ngramRows", 0),
    )


def load_committed(directory: Path) -> tuple[Decoder, ModelConfig]:
    """The decoder with the dequantized weights of directory/model.onnx."""
    config = read_config(directory)
    weight_format = json.loads((directory / "manifest.json").read_text())["architecture"]["weightFormat"]
    if weight_format not in ("q4", "q8", "q8a8"):
        raise ValueError(f"{directory}: weights in {weight_format} cannot be read back; start from a checkpoint of train.py")
    bits = int(weight_format[1])
    constants = {
        constant.name: numpy_helper.to_array(constant)
        for constant in onnx.load(str(directory / "model.onnx")).graph.initializer
    }

    def matrix(name: str) -> np.ndarray:
        if f"{name}.columns" in constants:
            return dequantize_rows(constants[f"{name}.columns"].T, constants[f"{name}.scales"])
        codes, scales = constants[f"{name}.codes"], constants[f"{name}.scales"]
        return dequantize_blocks(codes.reshape(*scales.shape, -1), scales, bits)

    weights = {"embedding.weight": matrix("embedding"), "norm.weight": constants[f"norm.{config.layers}"]}
    if config.ngram_rows:
        weights["ngrams.weight"] = matrix("ngrams")
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


def start_from(directory: Path, tokenizer: Path | None = None, ngram_rows: int | None = None) -> Decoder:
    """
    The committed model as the start of another: with another tokenizer each new token begins as the mean of the tokens that spell
    it in the old one, and n-gram embeddings that it has not had begin at zero, so that it computes the same without them.
    """
    model, config = load_committed(directory)
    weights = model.state_dict()
    if tokenizer is not None:
        old, new = Tokenizer.from_file(str(directory / "tokenizer.json")), Tokenizer.from_file(str(tokenizer))
        weights["embedding.weight"] = translate_embedding(weights["embedding.weight"], old, new)
    if ngram_rows is not None and ngram_rows != config.ngram_rows:
        weights.pop("ngrams.weight", None)
        config = replace(config, ngram_rows=ngram_rows)
    config = replace(config, vocabulary_size=len(weights["embedding.weight"]))
    start = Decoder(config)
    missing, unknown = start.load_state_dict(weights, strict=False)
    assert not unknown and set(missing) <= {"ngrams.weight"}, (missing, unknown)
    return start


def translate_embedding(embedding: torch.Tensor, old: Tokenizer, new: Tokenizer) -> torch.Tensor:
    """Rows [new vocabulary, size] from rows [old vocabulary, size]. Both tokenizers work on bytes, written as the same 256 characters."""
    vocabulary = old.get_vocab()
    rows = torch.empty(new.get_vocab_size(), embedding.shape[1])
    for token, new_id in new.get_vocab().items():
        text = new.decode([new_id])
        if token in SPECIAL_TOKENS.values():
            old_ids = [vocabulary[token]]
        elif "\ufffd" in text:
            # Not a whole character: by its bytes.
            old_ids = [vocabulary[byte] for byte in token]
        else:
            old_ids = old.encode(text, add_special_tokens=False).ids
        rows[new_id] = embedding[old_ids].mean(0)
    return rows
