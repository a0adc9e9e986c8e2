"""The exported graph computes what the PyTorch model computes, whole or in chunks, and can be read back."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from calibrate import best_step, calibrate
from committed import load_committed
from evaluate_holes import score, score_exported
from export import manifest
from graph import InputSteps, build_graph
from holes import Hole
from layout import SPECIAL_TOKENS
from model import Decoder, ModelConfig
from quantize import dequantize_blocks, dequantize_rows, quantize_blocks, quantize_rows
from runtime import OnnxDecoder
from train_tokenizer import new_tokenizer

CONFIG = ModelConfig(vocabulary_size=320, hidden_size=64, layers=2, attention_heads=4, key_value_heads=2, head_size=32, feed_forward_size=96, maximum_positions=128, ngram_rows=50)


def random_decoder() -> Decoder:
    torch.manual_seed(3)
    decoder = Decoder(CONFIG)
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.2) if parameter.ndim == 2 else None
    return decoder


def exported(directory: Path, decoder: Decoder, bits: int, steps: InputSteps | None = None) -> OnnxDecoder:
    from tokenizers import pre_tokenizers, trainers

    weights = {name: p.detach().numpy() for name, p in decoder.named_parameters()}
    (directory / "model.onnx").write_bytes(build_graph(CONFIG, weights, bits, steps).SerializeToString())
    tokenizer = new_tokenizer()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=list(SPECIAL_TOKENS.values()), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(["def f(x):\n    return x\n" * 20], trainer)
    tokenizer.save(str(directory / "tokenizer.json"))
    weight_format = "fp32" if bits == 32 else f"q{bits}{'a8' if steps else ''}"
    (directory / "manifest.json").write_text(json.dumps(manifest(directory, "t", "t", CONFIG, weight_format)))
    return OnnxDecoder(directory, CONFIG)


class Export(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name)
        self.ids = torch.randint(0, 320, (1, 37), generator=torch.Generator().manual_seed(5))

    def reference(self, decoder: Decoder) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            hidden = decoder(self.ids)
            fraction, remaining = decoder.horizons(hidden)
            return decoder.logits(hidden)[0].numpy(), torch.stack((fraction, remaining), -1)[0].numpy()

    def test_unquantized_graph_equals_pytorch(self) -> None:
        decoder = random_decoder()
        logits, horizon = self.reference(decoder)
        runtime = exported(self.directory, decoder, 32)
        got_logits, got_horizon, _ = runtime.run(self.ids[0].tolist(), runtime.empty_past(), list(range(37)))
        np.testing.assert_allclose(got_logits, logits, atol=2e-4)
        np.testing.assert_allclose(got_horizon, horizon, atol=2e-4)

    def test_chunks_equal_the_whole(self) -> None:
        runtime = exported(self.directory, random_decoder(), 8)
        ids = self.ids[0].tolist()
        whole, _, _ = runtime.run(ids, runtime.empty_past(), [36])
        past = runtime.empty_past()
        for start, end in ((0, 16), (16, 30), (30, 37)):
            part, _, past = runtime.run(ids[start:end], past, [end - start - 1] if end == 37 else [], ids[:start])
        np.testing.assert_allclose(part, whole, atol=2e-3)

    def test_every_token_but_the_first_needs_those_before_it(self) -> None:
        runtime = exported(self.directory, random_decoder(), 32)
        ids = self.ids[0].tolist()
        whole, _, _ = runtime.run(ids, runtime.empty_past(), [36])
        _, _, past = runtime.run(ids[:36], runtime.empty_past(), [])
        right, _, _ = runtime.run(ids[36:], past, [0], ids[:36])
        wrong, _, _ = runtime.run(ids[36:], past, [0])
        np.testing.assert_allclose(right, whole, atol=2e-4)
        self.assertGreater(np.abs(wrong - whole).max(), 0.1)

    def test_eight_bits_stay_close_and_read_back_exactly(self) -> None:
        decoder = random_decoder()
        runtime = exported(self.directory, decoder, 8)
        back, config = load_committed(self.directory)
        self.assertEqual(config, CONFIG)
        expected, _ = self.reference(back)
        got, _, _ = runtime.run(self.ids[0].tolist(), runtime.empty_past(), list(range(37)))
        # The runtime also quantizes activations, so close and not equal.
        cosine = (expected * got).sum() / np.linalg.norm(expected) / np.linalg.norm(got)
        self.assertGreater(cosine, 0.999)

    def test_integer_layers_stay_close_and_read_back_exactly(self) -> None:
        decoder = random_decoder()
        steps = calibrate(decoder, self.ids)
        self.assertEqual(set(steps), {f"blocks.{layer}.{part}" for layer in range(2) for part in ("qkv", "output", "gate", "up")})
        runtime = exported(self.directory, decoder, 8, steps)
        got, _, _ = runtime.run(self.ids[0].tolist(), runtime.empty_past(), list(range(37)))
        expected, _ = self.reference(load_committed(self.directory)[0])
        cosine = (expected * got).sum() / np.linalg.norm(expected) / np.linalg.norm(got)
        self.assertGreater(cosine, 0.995)

    def test_integer_layers_do_not_care_what_is_read_in_the_same_run(self) -> None:
        decoder = random_decoder()
        runtime = exported(self.directory, decoder, 8, calibrate(decoder, self.ids))
        ids = self.ids[0].tolist()
        whole, _, _ = runtime.run(ids, runtime.empty_past(), [36])
        _, _, past = runtime.run(ids[:20], runtime.empty_past(), [])
        part, _, _ = runtime.run(ids[20:], past, [16], ids[:20])
        np.testing.assert_allclose(part, whole, atol=2e-3)

    def test_a_step_suits_most_values_rather_than_the_largest(self) -> None:
        x = torch.linspace(-1, 1, 200_000)
        x[0] = 3.0
        self.assertLess(best_step(x) * 127, 2)
        self.assertGreater(best_step(x) * 127, 0.8)
        self.assertEqual(best_step(torch.zeros(4)), 1.0)

    def test_holes_score_alike_in_pytorch_and_in_the_graph(self) -> None:
        decoder = random_decoder()
        runtime = exported(self.directory, decoder, 32)
        holes = [
            Hole("tool", "a.py", "python", "lines", "def f(x):\n    ", "return x", "\n"),
            Hole("tool", "b.py", "python", "lines", "def f(", "x", "):\n    return x\n"),
        ]
        for expected, got in zip(score(decoder, holes, runtime.layout), score_exported(runtime, holes), strict=True):
            self.assertEqual({k: v for k, v in expected.items() if not isinstance(v, float)}, {k: v for k, v in got.items() if not isinstance(v, float)})
            for name in ("loss", "fractionError", "remainingError"):
                self.assertAlmostEqual(float(expected[name]), float(got[name]), places=3)

    def test_quantization_error_is_within_half_a_step(self) -> None:
        weight = np.random.default_rng(1).standard_normal((8, 64)).astype(np.float32)
        for bits in (4, 8):
            codes, scales = quantize_blocks(weight, bits)
            error = np.abs(dequantize_blocks(codes, scales, bits) - weight).reshape(8, 2, 32).max(-1)
            # In 4 bits the code +8 does not exist: what would round to it is a whole step off.
            self.assertTrue((error <= np.abs(scales) * (0.501 if bits == 8 else 1.001)).all())
        codes, scales = quantize_rows(weight)
        self.assertTrue((np.abs(dequantize_rows(codes, scales) - weight).max(-1) <= 0.501 * scales).all())


if __name__ == "__main__":
    unittest.main()
