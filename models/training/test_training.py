"""The pieces of the training run: middles, layout, packing, horizon targets, losses, optimizer, resuming."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, pre_tokenizers, trainers

from layout import SPECIAL_TOKENS, FimDocument, Layout
from losses import ChunkedCrossEntropy, horizon_targets
from middles import KINDS, LONGEST_MIDDLE, choose_middle
from optimizer import orthogonalize
from pack import Packer, SourceFile, after_block
from train_tokenizer import new_tokenizer

SOURCES = [path.read_text() for path in sorted(Path(__file__).parent.glob("*.py"))]


def small_tokenizer() -> Tokenizer:
    tokenizer = new_tokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=list(SPECIAL_TOKENS.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SOURCES, trainer)
    return tokenizer


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.tokenizer = small_tokenizer()
        cls.layout = Layout(cls.tokenizer)

    def test_every_kind_of_middle_is_a_span_of_the_text(self) -> None:
        generator = random.Random(1)
        for kind in KINDS:
            found = [span for _ in range(50) if (span := kind(SOURCES[0], "python", generator))]
            self.assertGreater(len(found), 5, kind.__name__)
            for start, end in found:
                self.assertTrue(0 <= start < end <= len(SOURCES[0]), kind.__name__)
        for _ in range(200):
            start, end = choose_middle("a = 1\n", "python", generator)
            self.assertTrue(0 <= start < end <= 6)
            start, end = choose_middle(SOURCES[1], "python", generator)
            self.assertLessEqual(end - start, LONGEST_MIDDLE)

    def test_special_tokens_in_text_stay_text(self) -> None:
        for text in ("x = '<fim_middle>'", "<eom><eom>", "<|endoftext|>", "<fim_<fim_middle>prefix>"):
            ids = self.layout.text(text)
            self.assertFalse(set(ids) & set(self.layout.ids.values()), text)
            self.assertEqual(self.tokenizer.decode(ids, skip_special_tokens=False), text)

    def test_layout_orders(self) -> None:
        document = FimDocument("a.py", "def f(", "x", "): pass\n")
        ids = self.layout.suffix_prefix_middle(document)
        self.assertEqual(
            self.tokenizer.decode(ids, skip_special_tokens=False),
            "<fim_suffix>): pass\n<fim_prefix>a.py\ndef f(<fim_middle>x<eom>",
        )

    def test_sequences_have_the_length_and_whole_middles(self) -> None:
        files = [SourceFile("pypi:horizon", f"f{i}.py", "python", text) for i, text in enumerate(SOURCES)]
        packer = Packer(self.layout, {"python": [files]}, 257)
        for seed in range(40):
            ids = np.array(packer.sequence(random.Random(seed)))
            self.assertEqual(len(ids), 257)
            self.assertEqual((ids == self.layout.ids["fimMiddle"]).sum(), (ids == self.layout.ids["endOfMiddle"]).sum())

    def test_after_block_drops_the_lines_not_written_yet(self) -> None:
        suffix = "\n        b = 2\n        c = 3\n\n    def next(self):\n        pass\n"
        self.assertEqual(after_block(suffix), "\n    def next(self):\n        pass\n")

    def test_horizon_targets(self) -> None:
        ids = np.array([[9, 3, 10, 11, 12, 4, 9, 3, 10, 11]])
        fraction, remaining, holds = horizon_targets(ids, middle_id=3, end_id=4)
        np.testing.assert_allclose(fraction[0, 1:5], [1, 2 / 3, 1 / 3, 0], atol=1e-6)
        np.testing.assert_allclose(remaining[0, 1:5], [2, np.log2(3), 1, 0], atol=1e-6)
        self.assertEqual(holds[0].tolist(), [False] + [True] * 4 + [False] * 5, "an open middle has no target")

    def test_chunked_cross_entropy_equals_the_plain_one(self) -> None:
        torch.manual_seed(1)
        hidden, embedding = torch.randn(100, 16, requires_grad=True), torch.randn(50, 16, requires_grad=True)
        targets = torch.randint(0, 50, (100,))
        weights = torch.where(torch.arange(100) % 3 == 0, 2.0, 1.0)
        plain = (F.cross_entropy(hidden @ embedding.t(), targets, reduction="none") * weights).sum() / weights.sum()
        expected = torch.autograd.grad(plain, (hidden, embedding))
        chunked = ChunkedCrossEntropy.apply(hidden, embedding, targets, weights)
        self.assertAlmostEqual(chunked.item(), plain.item(), places=5)
        for got, want in zip(torch.autograd.grad(chunked, (hidden, embedding)), expected, strict=True):
            torch.testing.assert_close(got, want, atol=1e-5, rtol=1e-4)

    def test_orthogonalize_brings_singular_values_near_one(self) -> None:
        torch.manual_seed(1)
        values = torch.linalg.svdvals(orthogonalize(torch.randn(2, 48, 24)))
        self.assertTrue(((values > 0.4) & (values < 1.4)).all(), values)

    def test_a_killed_run_goes_on_and_learns(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            files = [SourceFile("pypi:horizon", f"f{i}.py", "python", text) for i, text in enumerate(SOURCES)]
            packer = Packer(self.layout, {"python": [files]}, 65)
            np.save(folder / "s.npy", np.array([packer.sequence(random.Random(i)) for i in range(64)], dtype=np.uint16))
            model = {"vocabulary_size": 600, "hidden_size": 64, "layers": 1, "attention_heads": 2, "key_value_heads": 1, "head_size": 32, "feed_forward_size": 64}
            command = [
                sys.executable, "train.py", "--stage", f"{folder}/s.npy@1", "--dev", f"{folder}/s.npy", "--out", f"{folder}/run",
                "--model", json.dumps(model), "--micro-batch-tokens", "512", "--log-every", "1", "--no-compile",
            ]  # fmt: skip
            for tokens in (10_240, 40_960):
                subprocess.run([*command, "--tokens", str(tokens)], cwd=Path(__file__).parent, check=True, capture_output=True)
            entries = [json.loads(line) for line in (folder / "run/log.jsonl").read_text().splitlines()]
            steps = [entry["step"] for entry in entries if "loss" in entry and "event" not in entry]
            self.assertEqual(steps, list(range(1, 81)), "the second run starts where the first one ended")
            losses = [entry["loss"] for entry in entries if "loss" in entry and "event" not in entry]
            self.assertLess(np.mean(losses[-5:]), np.mean(losses[:5]) - 1)


if __name__ == "__main__":
    unittest.main()
