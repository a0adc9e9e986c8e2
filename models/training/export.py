"""Exports a checkpoint as the folder that the server loads: model.onnx, tokenizer.json and manifest.json."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch

from calibrate import calibrate, sequences_of
from committed import load_committed
from graph import InputSteps, Weights, build_graph
from layout import PROMPT_TEMPLATE, SPECIAL_TOKENS
from model import PRECEDING_TOKENS, Decoder, ModelConfig
from runtime import OnnxDecoder

# Code whose next tokens a trained model is sure of, the last one even after an hour. The model must write one of these completions at load again: a
# broken library, file or template shows there and not as nonsense on the screen.
SELF_TESTS = [
    {
        "repository": "geometry",
        "path": "shapes/rectangle.py",
        "prefix": "class Rectangle:\n    def __init__(self, width, height):\n        self.width = width\n        self.height = ",
        "suffix": "\n\n    def area(self):\n        return self.width * self.height\n",
    },
    {
        "repository": "tool",
        "path": "tool/main.py",
        "prefix": "import sys\n\n\ndef main():\n    print(sys.argv)\n\n\nif __name__ == ",
        "suffix": "\n    main()\n",
    },
    {
        "repository": "tool",
        "path": "src/index.ts",
        "prefix": "const first = 1;\nconst second = 2;\nconst third = 3;\n\nfor (let i = 0; i < ",
        "suffix": "length; i++) {\n  console.log(i);\n}\n",
    },
    {
        "repository": "tool",
        "path": "tool/count.py",
        "prefix": "count = 0\n" + "count = count + 1\n" * 8 + "count = ",
        "suffix": "\nprint(count)\n",
    },
]
SELF_TEST_TOKENS = 12
# Processors differ in the last digits of a logit: only tokens that lead by more than this are asked for.
SELF_TEST_LEAD = 1.0


def known_completion(decoder: OnnxDecoder) -> dict[str, str]:
    """The self-test on which the model is sure for the most tokens, with what it writes there."""
    middles = [
        decoder.greedy(decoder.prompt(**test), SELF_TEST_TOKENS, SELF_TEST_LEAD) for test in SELF_TESTS
    ]
    best = max(range(len(SELF_TESTS)), key=lambda index: len(middles[index]))
    if not middles[best]:
        raise ValueError("the model is sure of none of the self-tests: it is not trained enough to be shipped")
    return {**SELF_TESTS[best], "middle": decoder.text(middles[best])}


def load_checkpoint(path: Path) -> tuple[ModelConfig, Weights]:
    """Config and fp32 master weights of a checkpoint of train.py."""
    saved = torch.load(path, map_location="cpu", weights_only=False)
    return ModelConfig(**saved["config"]), {name: value.numpy() for name, value in saved["optimizer"]["master"].items()}


def decoder_of(config: ModelConfig, weights: Weights) -> Decoder:
    decoder = Decoder(config)
    decoder.load_state_dict({name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in weights.items()})
    return decoder.eval()


def file_entry(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def manifest(out: Path, identifier: str, description: str, config: ModelConfig, weight_format: str) -> dict[str, object]:
    return {
        "formatVersion": 1,
        "id": identifier,
        "version": "0.1.0",
        "license": "Apache-2.0",
        "description": description,
        "files": {"weights": file_entry(out / "model.onnx"), "tokenizer": file_entry(out / "tokenizer.json")},
        "architecture": {
            "type": "llama",
            "layers": config.layers,
            "hiddenSize": config.hidden_size,
            "attentionHeads": config.attention_heads,
            "keyValueHeads": config.key_value_heads,
            "headSize": config.head_size,
            "feedForwardSize": config.feed_forward_size,
            "vocabularySize": config.vocabulary_size,
            "maximumPositions": config.maximum_positions,
            "horizonOutputs": True,
            "ngramRows": config.ngram_rows,
            "precedingTokens": PRECEDING_TOKENS if config.ngram_rows else 0,
            "weightFormat": weight_format,
        },
        "specialTokens": SPECIAL_TOKENS,
        "promptTemplate": PROMPT_TEMPLATE,
        "limits": {"promptTokens": 1024, "middleTokens": 160, "prefillChunkTokens": 128, "suffixShare": 0.2},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path, help="checkpoint.pt of train.py")
    source.add_argument("--model", type=Path, help="a folder that was exported before, such as ../default; its weights are those after rounding")
    source.add_argument("--random", action="store_true", help="untrained weights, to try the runtime")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--bits", type=int, choices=(4, 8, 32), default=8, help="32: not quantized, to measure what quantization costs")
    parser.add_argument(
        "--calibrate", type=Path, metavar="SHARD",
        help="a shard of pack.py: with 8 bits, multiply integers where the inputs of a layer allow it; twice as fast",
    )  # fmt: skip
    parser.add_argument("--id", default="horizon-base")
    parser.add_argument("--description", default="Fill-in-the-middle base model of Horizon, trained from scratch on permissively licensed code.")
    arguments = parser.parse_args()
    if arguments.calibrate and arguments.bits != 8:
        parser.error("--calibrate goes with --bits 8")
    if arguments.model:
        model, config = load_committed(arguments.model)
        weights: Weights = {name: p.detach().numpy() for name, p in model.named_parameters()}
    elif arguments.random:
        torch.manual_seed(1)
        config = ModelConfig()
        weights = {name: p.detach().numpy() for name, p in Decoder(config).named_parameters()}
    else:
        config, weights = load_checkpoint(arguments.checkpoint)
    arguments.out.mkdir(parents=True, exist_ok=True)
    # Until the new one is written there is no model here, rather than a mixture of two.
    (arguments.out / "manifest.json").unlink(missing_ok=True)
    weights = {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}
    steps: InputSteps = calibrate(decoder_of(config, weights), sequences_of(arguments.calibrate)) if arguments.calibrate else {}
    graph = build_graph(config, weights, arguments.bits, steps)
    weight_format = "fp32" if arguments.bits == 32 else f"q{arguments.bits}{'a8' if steps else ''}"
    (arguments.out / "model.onnx").write_bytes(graph.SerializeToString())
    if arguments.tokenizer.resolve() != (arguments.out / "tokenizer.json").resolve():
        shutil.copyfile(arguments.tokenizer, arguments.out / "tokenizer.json")
    content = manifest(arguments.out, arguments.id, arguments.description, config, weight_format)
    decoder = OnnxDecoder(arguments.out, config)
    content["selfTest"] = known_completion(decoder)
    (arguments.out / "manifest.json").write_text(json.dumps(content, indent=2) + "\n")
    print(json.dumps({"bytes": content["files"]["weights"]["bytes"], "selfTest": content["selfTest"]["middle"]}))


if __name__ == "__main__":
    main()
