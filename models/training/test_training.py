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

from amx import enable_amx
from committed import translate_embedding
from evaluate_holes import counting_errors, score, share_to_come, summarize
from headers import without_licence_header
from holes import cut_holes
from layout import MIDDLE_FLAG, SPECIAL_TOKENS, FimDocument, Layout
from losses import ChunkedCrossEntropy, horizon_targets
from middles import GRAMMARS, KINDS, LONGEST_MIDDLE, choose_middle, parser_for
from model import Decoder, ModelConfig, blocked_attention, ngram_ids
from optimizer import orthogonalize
from pack import Packer, SourceFile, after_block
from scaling import Curve, Point, envelope, fit
from train_tokenizer import new_tokenizer, train

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
        layout = Layout(self.tokenizer, marker_distance=0)
        ids = layout.suffix_prefix_middle(document)
        plain = [token_id & (MIDDLE_FLAG - 1) for token_id in ids]
        self.assertEqual(
            self.tokenizer.decode(plain, skip_special_tokens=False), "<fim_suffix>): pass\n<fim_prefix>a.py\ndef f(<fim_middle>x<eom>"
        )
        middle = [token_id & (MIDDLE_FLAG - 1) for token_id in ids if token_id >= MIDDLE_FLAG]
        self.assertEqual(self.tokenizer.decode(middle, skip_special_tokens=False), "x<eom>")
        ids = [token_id & (MIDDLE_FLAG - 1) for token_id in self.layout.prefix_suffix_middle(document)]
        self.assertEqual(
            self.tokenizer.decode(ids, skip_special_tokens=False), "<fim_prefix>a.py\ndef f(<fim_suffix>): pass\n<fim_middle>x<eom>"
        )

    def test_the_marker_stands_some_tokens_before_the_caret(self) -> None:
        layout = Layout(self.tokenizer, marker_distance=2)
        prefix = layout.prefix("a.py", "x = f(")
        self.assertEqual(layout.marked(prefix), [*prefix[:-2], layout.ids["fimMiddle"], *prefix[-2:]])
        self.assertEqual(layout.marked([7, 8]), [7, layout.ids["fimMiddle"], 8], "never before the prefix's own token")

    def test_ngrams_are_told_by_their_tokens_and_length(self) -> None:
        ids = torch.tensor([[5, 6, 7, 5, 6, 7, 6]])
        rows = ngram_ids(ids, 10_007)[0]
        self.assertEqual(rows[2].tolist(), rows[5].tolist(), "the same two tokens before")
        self.assertNotEqual(rows[1].tolist(), rows[6].tolist(), "another token before")
        self.assertEqual(int(rows[1, 0]), int(rows[4, 0]))
        self.assertNotEqual(int(rows[1, 1]), int(rows[4, 1]), "the third token back is another")
        self.assertTrue(bool((rows[:, 0] < 10_007).all()) and bool((rows[:, 1] >= 10_007).all()))

    def test_a_token_of_another_tokenizer_begins_as_the_mean_of_its_parts(self) -> None:
        other = train(iter(SOURCES[:1]), 400)
        embedding = torch.randn(self.tokenizer.get_vocab_size(), 8)
        rows = translate_embedding(embedding, self.tokenizer, other)
        self.assertEqual(rows.shape, (other.get_vocab_size(), 8))
        torch.testing.assert_close(rows[other.token_to_id("<eom>")], embedding[self.tokenizer.token_to_id("<eom>")])
        for token_id in range(300, 400):
            parts = self.tokenizer.encode(other.decode([token_id])).ids
            torch.testing.assert_close(rows[token_id], embedding[parts].mean(0))

    def test_sequences_have_the_length_and_whole_middles(self) -> None:
        files = [SourceFile("pypi:horizon", f"f{i}.py", "python", text) for i, text in enumerate(SOURCES)]
        packer = Packer(self.layout, {"python": [files]}, 257)
        for seed in range(40):
            ids = np.array(packer.sequence(random.Random(seed)))
            self.assertEqual(len(ids), 257)
            is_middle = ids >= MIDDLE_FLAG
            opens = (is_middle[1:] & ~is_middle[:-1]).sum()
            self.assertEqual(opens, (ids == self.layout.ids["endOfMiddle"] | MIDDLE_FLAG).sum())

    def test_prompts_are_packed_whole_and_those_of_another_tokenizer_refused(self) -> None:
        from pack_prompts import FORMAT, pack, read_prompts

        generator = random.Random(1)
        documents = [[number + 10] * generator.randint(5, 70) for number in range(100)]
        sequences = pack(documents, 100, 0, generator)
        self.assertEqual({len(sequence) for sequence in sequences}, {100})
        for number, document in enumerate(documents):
            holding = [sequence for sequence in sequences if number + 10 in sequence]
            self.assertEqual([sequence.count(number + 10) for sequence in holding], [len(document)])
        self.assertLess(len(sequences), 1.15 * sum(map(len, documents)) / 100)

        layout = Layout(self.tokenizer)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "prompts.jsonl"
            path.write_text(json.dumps({"format": FORMAT, "tokenizer": "a", "prompt": [1, 2, 3], "middle": [4, 5]}) + "\n")
            end = layout.ids["endOfMiddle"] | MIDDLE_FLAG
            expected = [1, 2, 3, 4 | MIDDLE_FLAG, 5 | MIDDLE_FLAG, end, layout.ids["endOfText"]]
            self.assertEqual(list(read_prompts([path], layout, "a")), [expected])
            with self.assertRaisesRegex(ValueError, "prompts.jsonl:1: made with another tokenizer"):
                list(read_prompts([path], layout, "b"))
            path.write_text('{"format": "horizon-pro')
            with self.assertRaisesRegex(ValueError, "prompts.jsonl:1: no JSON"):
                list(read_prompts([path], layout, "a"))

    def test_after_block_drops_the_lines_not_written_yet(self) -> None:
        suffix = "\n        b = 2\n        c = 3\n\n    def next(self):\n        pass\n"
        self.assertEqual(after_block(suffix), "\n    def next(self):\n        pass\n")

    def test_horizon_targets(self) -> None:
        # Token by token: before the middle, its three tokens, its end, after it.
        is_middle = np.array([[0, 1, 1, 1, 1, 0, 0]], dtype=bool)
        fraction, remaining, holds = horizon_targets(is_middle)
        np.testing.assert_allclose(fraction[0, :4], [1, 2 / 3, 1 / 3, 0], atol=1e-6)
        np.testing.assert_allclose(remaining[0, :4], [2, np.log2(3), 1, 0], atol=1e-6)
        self.assertEqual(holds[0].tolist(), [True] * 4 + [False] * 2)

    def test_blocked_attention_equals_pytorchs(self) -> None:
        torch.manual_seed(1)
        query, key, value = torch.randn(2, 2, 3, 300, 16), torch.randn(2, 2, 300, 16), torch.randn(2, 2, 300, 16)
        expected = F.scaled_dot_product_attention(query.flatten(1, 2), key, value, is_causal=True, enable_gqa=True)
        torch.testing.assert_close(blocked_attention(query, key, value).flatten(1, 2), expected, atol=1e-5, rtol=1e-4)

    def test_bf16_products_work_on_this_machine(self) -> None:
        enable_amx()
        torch.manual_seed(1)
        left, right = torch.randn(64, 96), torch.randn(96, 80)
        torch.testing.assert_close((left.bfloat16() @ right.bfloat16()).float(), left @ right, atol=0.5, rtol=0.1)

    def test_licence_headers_go_and_other_comments_stay(self) -> None:
        self.assertEqual(without_licence_header("#!/bin/py\n# Copyright X\n# y\n\nimport a\n"), "#!/bin/py\nimport a\n")
        self.assertEqual(without_licence_header("/*\n * Licensed\n */\n\npackage a;\n"), "package a;\n")
        text = "// Copyright\n// b\n\n// Package x does.\npackage x\n"
        self.assertEqual(without_licence_header(text), "// Package x does.\npackage x\n")
        for text in ("# a comment\nx=1\n", "#include <a>\n/* Copyright */\n", "x=1\n# Copyright\n", ""):
            self.assertEqual(without_licence_header(text), text)

    def test_every_language_has_its_grammar(self) -> None:
        for language in GRAMMARS:
            self.assertGreater(parser_for(language).parse(b"x").root_node.end_byte, 0, language)

    def test_one_pass_finds_what_greedy_decoding_writes(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            documents = Path(name) / "d.jsonl"
            lines = [{"repository": "pypi:h", "path": f"f{i}.py", "language": "python", "text": t} for i, t in enumerate(SOURCES)]
            documents.write_text("".join(json.dumps(line) + "\n" for line in lines))
            holes = cut_holes(documents, 60, 1)
        torch.manual_seed(2)
        model = Decoder(ModelConfig(600, 64, 1, 2, 1, 32, 64))
        scores = score(model, holes, self.layout)
        self.assertEqual(len(scores), 60)
        for hole, result in list(zip(holes, scores, strict=True))[:12]:
            ids = [*self.layout.repository(hole.repository), *self.layout.suffix(hole.suffix), *self.layout.marked(self.layout.prefix(hole.path, hole.prefix))]
            written: list[int] = []
            truth = [*self.layout.text(hole.middle), self.layout.ids["endOfMiddle"]]
            while len(written) < len(truth):
                with torch.no_grad():
                    hidden = model(torch.tensor([ids + written]))
                    written.append(int(model.logits(hidden)[0, -1].argmax()))
            self.assertEqual(written == truth, bool(result["exact"]))
            self.assertEqual(len(truth), result["tokens"])
        self.assertEqual(summarize(scores, scores)["bitsPerCharacter"], {"value": 0.0, "low": 0.0, "high": 0.0})

    def test_counting_is_right_where_all_middles_are_equally_long(self) -> None:
        self.assertEqual(counting_errors([6, 6, 6]).tolist(), [0, 0, 0])
        # 5 and 10 tokens: behind 1 to 4 tokens the median lies between the two; a middle of 3 tokens has no inside.
        for error, expected in zip(counting_errors([6, 11, 4]), [0.5, 0.5, 0], strict=True):
            self.assertAlmostEqual(error, expected)

    def test_the_share_to_come_follows_from_the_tokens_to_come_and_those_written(self) -> None:
        fraction, remaining, holds = horizon_targets(np.array([[False, True, True, True, True, True, False]]))
        written = torch.arange(1, 5)
        inside = torch.from_numpy(holds[0]).nonzero()[1:, 0]
        torch.testing.assert_close(share_to_come(torch.from_numpy(remaining[0])[inside], written), torch.from_numpy(fraction[0])[inside])

    def test_a_scaling_curve_is_found_again(self) -> None:
        truth = Curve(1.5, 800.0, 0.2, 0.0)
        points = [Point(10.0**power, truth.at(10.0**power)) for power in (13, 13.5, 14, 14.5, 15)]
        worse = [Point(1.1e14, truth.at(1.1e14) + 0.3), Point(0.95e14, truth.at(0.95e14) + 0.2)]
        curve = fit(envelope([*points, *worse]))
        self.assertAlmostEqual(curve.at(1e16), truth.at(1e16), delta=0.02)
        with self.assertRaises(ValueError):
            fit(points[:2])

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

    def run_training(self, folder: Path, processes: int, name: str, tokens: int) -> list[dict]:
        """Trains a tiny model on our own sources and returns the logged steps."""
        if not (folder / "s.npy").exists():
            files = [SourceFile("pypi:horizon", f"f{i}.py", "python", text) for i, text in enumerate(SOURCES)]
            packer = Packer(self.layout, {"python": [files]}, 65)
            np.save(folder / "s.npy", np.array([packer.sequence(random.Random(i)) for i in range(64)], dtype=np.uint16))
        model = {"vocabulary_size": 600, "hidden_size": 64, "layers": 1, "attention_heads": 2, "key_value_heads": 1, "head_size": 32, "feed_forward_size": 64}
        launcher = [sys.executable] if processes == 1 else [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
        command = [
            *launcher, "train.py", "--stage", f"{folder}/s.npy@1", "--dev", f"{folder}/s.npy", "--out", f"{folder}/{name}",
            "--model", json.dumps(model), "--micro-batch-tokens", "128", "--micro-batches", "4", "--log-every", "1", "--no-compile",
        ]  # fmt: skip
        done = subprocess.run([*command, "--tokens", str(tokens)], cwd=Path(__file__).parent, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        entries = [json.loads(line) for line in (folder / name / "log.jsonl").read_text().splitlines()]
        return [entry for entry in entries if "loss" in entry and "event" not in entry]

    def test_an_interrupted_run_goes_on_and_learns(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            self.run_training(Path(name), 1, "run", 10_240)
            entries = self.run_training(Path(name), 1, "run", 40_960)
            self.assertEqual([entry["step"] for entry in entries], list(range(1, 81)), "the second run starts where the first one ended")
            losses = [entry["loss"] for entry in entries]
            self.assertLess(np.mean(losses[-5:]), np.mean(losses[:5]) - 1)

    def test_several_processes_train_the_same_model_as_one(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            one = self.run_training(Path(name), 1, "one", 5_120)
            two = self.run_training(Path(name), 2, "two", 5_120)
            self.assertEqual([e["tokens"] for e in one], [e["tokens"] for e in two])
            np.testing.assert_allclose([e["loss"] for e in two], [e["loss"] for e in one], atol=0.02)
            np.testing.assert_allclose([e["fractionError"] for e in two], [e["fractionError"] for e in one], atol=0.02)


if __name__ == "__main__":
    unittest.main()
