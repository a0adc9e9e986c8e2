"""Runs an exported model with onnxruntime in Python, as the server does: for the known completion and for evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from layout import PROMPT_TEMPLATE, Layout
from model import PRECEDING_TOKENS, ModelConfig


class OnnxDecoder:
    def __init__(self, directory: Path, config: ModelConfig, threads: int = 2) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(directory / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.config = config
        manifest = directory / "manifest.json"
        # Written last by an export.
        template = json.loads(manifest.read_text())["promptTemplate"] if manifest.exists() else PROMPT_TEMPLATE
        self.layout = Layout(Tokenizer.from_file(str(directory / "tokenizer.json")), template.get("tokensAfterMiddle", 0))
        self.stops = set(self.layout.ids.values())

    def prompt(self, repository: str, path: str, prefix: str, suffix: str) -> list[int]:
        layout = self.layout
        return [
            *layout.repository(repository),
            *layout.suffix(suffix),
            *layout.marked(layout.prefix(path, prefix)),
        ]

    def text(self, token_ids: list[int]) -> str:
        return self.layout.tokenizer.decode(token_ids, skip_special_tokens=False)

    def run(
        self, token_ids: list[int], past: list[np.ndarray], positions: list[int], preceding: list[int] | None = None
    ) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Logits [P, V], horizon [P, 2] and the grown keys and values, for new tokens behind `past`, whose ids are `preceding`."""
        length = past[0].shape[2] + len(token_ids)
        feeds = {
            "input_ids": np.array([token_ids], dtype=np.int64),
            "seqlens_k": np.array([length - 1], dtype=np.int32),
            "total_sequence_length": np.array([length], dtype=np.int32),
            "output_positions": np.array(positions, dtype=np.int64),
        }
        if self.config.ngram_rows:
            feeds["preceding_ids"] = np.array([([0] * PRECEDING_TOKENS + (preceding or []))[-PRECEDING_TOKENS:]], dtype=np.int64)
        names = [f"{layer}.{part}" for layer in range(self.config.layers) for part in ("key", "value")]
        feeds |= {f"past.{name}": value for name, value in zip(names, past, strict=True)}
        logits, horizon, *delta = self.session.run(["logits", "horizon", *(f"delta.{name}" for name in names)], feeds)
        return logits[0], horizon[0], [np.concatenate(pair, axis=2) for pair in zip(past, delta, strict=True)]

    def empty_past(self) -> list[np.ndarray]:
        shape = (1, self.config.key_value_heads, 0, self.config.head_size)
        return [np.zeros(shape, dtype=np.float32)] * (2 * self.config.layers)

    def greedy(self, prompt: list[int], budget: int, least_lead: float = 0.0) -> list[int]:
        """
        The most probable tokens until a special one, at most `budget`, or until a token's logit leads the next one's
        by less than `least_lead`.
        """
        past, new, result = self.empty_past(), prompt, []
        while len(result) < budget:
            read = [*prompt, *result]
            logits, _, past = self.run(new, past, [len(new) - 1], read[: len(read) - len(new)])
            second, first = np.partition(logits[-1], -2)[-2:]
            token = int(logits[-1].argmax())
            if token in self.stops or first - second < least_lead:
                break
            result.append(token)
            new = [token]
        return result
