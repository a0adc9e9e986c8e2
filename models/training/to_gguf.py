"""
Writes an exported 8-bit model as GGUF for llama.cpp and what is built on it (Ollama, LM Studio), with the codes of its weights as they are.

llama.cpp knows no n-gram embeddings, so they are left out, and what it writes is worse for that; `--onnx` writes the same
model without them for ONNX Runtime, to compare the two runtimes on equal work. Its tokenizers know no pieces like ours
either, so give its server token ids (README.md). Needs numpy, onnx and gguf alone:

    python3 to_gguf.py --model ../default --out /tmp/horizon.gguf --onnx /tmp/horizon-without-ngrams
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import gguf
import numpy as np
import onnx
from onnx import numpy_helper

from quantize import BLOCK

# Values of model.py's ModelConfig that no manifest tells, because every model of ours has them.
ROPE_THETA, NORM_EPSILON = 10_000.0, 1e-5

Constants = dict[str, np.ndarray]


def read_constants(model: onnx.ModelProto) -> Constants:
    return {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}


def q8_0(constants: Constants, name: str) -> np.ndarray:
    """A matrix as rows of Q8_0 blocks: a 16-bit scale and 32 signed codes each. Only the scales are rounded."""
    scales = constants[f"{name}.scales"]
    if f"{name}.columns" in constants:
        # One scale for each row, which all its blocks get.
        signed = np.ascontiguousarray(constants[f"{name}.columns"].T).reshape(len(scales), -1, BLOCK)
        scales = np.repeat(scales[:, None], signed.shape[1], axis=1)
    else:
        codes = constants[f"{name}.codes"].reshape(*scales.shape, BLOCK)
        signed = (codes.astype(np.int16) - 128).clip(-127, 127).astype(np.int8)
    blocks = np.concatenate([scales.astype(np.float16)[..., None].view(np.uint8), signed.view(np.uint8)], axis=-1)
    return blocks.reshape(scales.shape[0], -1)


def interleaved(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a query or key projection in llama.cpp's order: the two halves of a head that rotate together alternate."""
    return rows.reshape(heads, 2, -1, rows.shape[-1]).swapaxes(1, 2).reshape(rows.shape)


def write_gguf(directory: Path, out: Path) -> None:
    manifest = json.loads((directory / "manifest.json").read_text())
    size = manifest["architecture"]
    if size["weightFormat"] not in ("q8", "q8a8"):
        raise SystemExit(f"{directory}: weights in {size['weightFormat']}, and only 8 bits are written as GGUF; export with --bits 8")
    constants = read_constants(onnx.load(str(directory / "model.onnx")))
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_name(manifest["id"])
    writer.add_license(manifest["license"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_context_length(size["maximumPositions"])
    writer.add_embedding_length(size["hiddenSize"])
    writer.add_block_count(size["layers"])
    writer.add_feed_forward_length(size["feedForwardSize"])
    writer.add_head_count(size["attentionHeads"])
    writer.add_head_count_kv(size["keyValueHeads"])
    writer.add_key_length(size["headSize"])
    writer.add_value_length(size["headSize"])
    writer.add_rope_dimension_count(size["headSize"])
    writer.add_rope_freq_base(ROPE_THETA)
    writer.add_layer_norm_rms_eps(NORM_EPSILON)
    writer.add_vocab_size(size["vocabularySize"])
    add_tokenizer(writer, directory, manifest["specialTokens"], size["vocabularySize"])

    def matrix(name: str, rows: np.ndarray) -> None:
        writer.add_tensor(f"{name}.weight", rows, raw_dtype=gguf.GGMLQuantizationType.Q8_0)

    def vector(name: str, constant: str) -> None:
        writer.add_tensor(f"{name}.weight", constants[constant].astype(np.float32))

    # Without an `output` of its own llama.cpp shares the embedding, as this model does.
    matrix("token_embd", q8_0(constants, "embedding"))
    query, key = (size[heads] * size["headSize"] for heads in ("attentionHeads", "keyValueHeads"))
    for layer in range(size["layers"]):
        ours, theirs = f"blocks.{layer}.", f"blk.{layer}."
        packed = np.split(q8_0(constants, f"{ours}qkv"), [query, query + key])
        matrix(f"{theirs}attn_q", interleaved(packed[0], size["attentionHeads"]))
        matrix(f"{theirs}attn_k", interleaved(packed[1], size["keyValueHeads"]))
        matrix(f"{theirs}attn_v", packed[2])
        matrix(f"{theirs}attn_output", q8_0(constants, f"{ours}output"))
        for part in ("gate", "up", "down"):
            matrix(f"{theirs}ffn_{part}", q8_0(constants, f"{ours}{part}"))
        vector(f"{theirs}attn_norm", "blocks.0.attention_norm" if layer == 0 else f"norm.{layer}")
        vector(f"{theirs}ffn_norm", f"{ours}feed_forward_norm")
    vector("output_norm", f"norm.{size['layers']}")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer: gguf.GGUFWriter, directory: Path, special: dict[str, str], vocabulary_size: int) -> None:
    tokenizer = json.loads((directory / "tokenizer.json").read_text())
    added = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    names = {index: text for text, index in {**tokenizer["model"]["vocab"], **added}.items()}
    kinds = [gguf.TokenType.CONTROL if names.get(index) in added else gguf.TokenType.NORMAL for index in range(vocabulary_size)]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    # The nearest of those that llama.cpp has.
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list([names.get(index, f"<unused{index}>") for index in range(vocabulary_size)])
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_add_bos_token(False)
    writer.add_eos_token_id(added[special["endOfText"]])
    if "endOfMiddle" in special:
        writer.add_eot_token_id(added[special["endOfMiddle"]])
    for name, key in (("fimPrefix", "pre"), ("fimSuffix", "suf"), ("fimMiddle", "mid")):
        writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", added[special[name]])


def write_without_ngrams(directory: Path, out: Path) -> None:
    """A copy of a model's folder whose graph adds no n-gram embeddings."""
    out.mkdir(parents=True, exist_ok=True)
    manifest = json.loads((directory / "manifest.json").read_text())
    model = onnx.load(str(directory / "model.onnx"))
    graph = model.graph
    if manifest["architecture"]["ngramRows"]:
        kept = [node for node in graph.node if not any(name.startswith("ngrams.") or name == "embedded.sum" for name in node.output)]
        for node in kept:
            node.input[:] = ["embedded" if name == "embedded.sum" else name for name in node.input]
        del graph.node[:]
        graph.node.extend(kept)
        used = {name for node in kept for name in node.input}
        constants = [constant for constant in graph.initializer if constant.name in used]
        del graph.initializer[:]
        graph.initializer.extend(constants)
        inputs = [value for value in graph.input if value.name != "preceding_ids"]
        del graph.input[:]
        graph.input.extend(inputs)
    content = model.SerializeToString()
    (out / "model.onnx").write_bytes(content)
    shutil.copyfile(directory / "tokenizer.json", out / "tokenizer.json")
    manifest["id"] += "-without-ngrams"
    manifest["architecture"] |= {"ngramRows": 0, "precedingTokens": 0}
    manifest["files"]["weights"] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--out", type=Path, required=True, help="GGUF file to write")
    parser.add_argument("--onnx", type=Path, help="folder for the same model without n-gram embeddings")
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    write_gguf(arguments.model, arguments.out)
    if arguments.onnx:
        write_without_ngrams(arguments.model, arguments.onnx)


if __name__ == "__main__":
    main()
