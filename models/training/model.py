"""The decoder: LLaMA-style, grouped-query attention, tied embeddings, and two horizon outputs beside the logits."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the decoder; written into every checkpoint and into the manifest."""

    vocabulary_size: int = 8192
    hidden_size: int = 384
    layers: int = 6
    # Few and wide heads: half the softmax of twice as many, and products that a CPU does well.
    attention_heads: int = 3
    key_value_heads: int = 1
    head_size: int = 128
    feed_forward_size: int = 1024
    maximum_positions: int = 2048
    rope_theta: float = 10_000.0
    norm_epsilon: float = 1e-5
    # Rows of the table of n-gram embeddings, for each of NGRAM_ORDERS; 0 for none.
    ngram_rows: int = 0
    # Queries and keys are normed for each head, as in sweep.py; no graph is exported of it.
    query_key_norm: bool = False


# Lengths of the n-grams that have embeddings.
NGRAM_ORDERS = (2, 3)
# Odd multipliers of the hash, below 2^31 so that products of ids stay within 64 bits.
NGRAM_FACTORS = (1_000_003, 1_566_083_941)
# Tokens before the new ones that must be known to look them up.
PRECEDING_TOKENS = max(NGRAM_ORDERS) - 1


def ngram_ids(token_ids: Tensor, rows: int) -> Tensor:
    """
    Rows [batch, length, orders] of the n-grams that end at each token of [batch, length]; before the first token stand zeros.

    A hash that the ONNX graph computes as well. Collisions are harmless: rare n-grams share rows with frequent ones, which win.
    """
    padded = F.pad(token_ids, (PRECEDING_TOKENS, 0))
    length = token_ids.shape[1]
    hashed, result = token_ids, []
    for order in range(2, max(NGRAM_ORDERS) + 1):
        earlier = padded[:, PRECEDING_TOKENS + 1 - order :][:, :length]
        hashed = hashed + earlier * NGRAM_FACTORS[order - 2]
        if order in NGRAM_ORDERS:
            result.append(hashed % rows + len(result) * rows)
    return torch.stack(result, -1)


class RMSNorm(nn.Module):
    def __init__(self, size: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.rsqrt(x.float().square().mean(-1, keepdim=True) + self.epsilon)
        return (x.float() * scale * self.weight).to(x.dtype)


def rotary_tables(config: ModelConfig, length: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine, each [length, head_size / 2], of rotary position embedding (arXiv 2104.09864)."""
    frequencies = config.rope_theta ** (-torch.arange(0, config.head_size, 2, dtype=torch.float64) / config.head_size)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), frequencies)
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotates x [batch, heads, length, head_size]; the two halves of a head pair up, as ONNX Runtime expects."""
    first, second = x.float().chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1).to(x.dtype)


# "blocked" is ours, "sdpa" PyTorch's own; throughput.py compares them.
ATTENTION_ON_CPU = os.environ.get("HORIZON_ATTENTION", "blocked")
# Queries that share one product on the CPU. Smaller blocks waste less on the masked half; larger ones keep the products efficient.
QUERY_BLOCK = 128


def blocked_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """
    Causal attention of query [batch, key/value heads, group, length, size] with key and value [batch, key/value heads, length, size].

    Plain products and a softmax that torch.compile fuses: on a CPU with AMX the backward pass of PyTorch's own kernel takes three
    times as long. Each block of queries meets only the keys up to its end, which leaves out most of the masked half.
    """
    batch, heads, group, length, size = query.shape
    blocks = []
    for start in range(0, length, QUERY_BLOCK):
        end = min(start + QUERY_BLOCK, length)
        rows = query[:, :, :, start:end].reshape(batch * heads, group * (end - start), size)
        scores = torch.bmm(rows, key[:, :, :end].reshape(batch * heads, end, size).mT)
        scores = scores.view(batch * heads, group, end - start, end).float() * size**-0.5
        places = torch.arange(end, device=query.device)
        scores = scores.masked_fill(places[None] > places[start:, None], float("-inf"))
        weights = scores.softmax(-1).to(value.dtype).view(batch * heads, group * (end - start), end)
        attended = torch.bmm(weights, value[:, :, :end].reshape(batch * heads, end, size))
        blocks.append(attended.view(batch, heads, group, end - start, size))
    return torch.cat(blocks, dim=3)


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        query, key_value = config.attention_heads * config.head_size, config.key_value_heads * config.head_size
        self.query = nn.Linear(config.hidden_size, query, bias=False)
        self.key = nn.Linear(config.hidden_size, key_value, bias=False)
        self.value = nn.Linear(config.hidden_size, key_value, bias=False)
        self.output = nn.Linear(query, config.hidden_size, bias=False)
        self.query_norm = RMSNorm(config.head_size, config.norm_epsilon) if config.query_key_norm else nn.Identity()
        self.key_norm = RMSNorm(config.head_size, config.norm_epsilon) if config.query_key_norm else nn.Identity()

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        batch, length, _ = x.shape

        def heads(y: Tensor) -> Tensor:
            return y.view(batch, length, -1, self.config.head_size).transpose(1, 2)

        query = rotate(self.query_norm(heads(self.query(x))), cosine, sine)
        key = rotate(self.key_norm(heads(self.key(x))), cosine, sine)
        value = heads(self.value(x))
        if query.is_cpu and ATTENTION_ON_CPU == "blocked":
            grouped = query.view(batch, self.config.key_value_heads, -1, length, self.config.head_size)
            attended = blocked_attention(grouped, key, value).flatten(1, 2)
        else:
            attended = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        return self.output(attended.transpose(1, 2).reshape(batch, length, -1))


class FeedForward(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate = nn.Linear(config.hidden_size, config.feed_forward_size, bias=False)
        self.up = nn.Linear(config.hidden_size, config.feed_forward_size, bias=False)
        self.down = nn.Linear(config.feed_forward_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.hidden_size, config.norm_epsilon)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.hidden_size, config.norm_epsilon)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), cosine, sine)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Decoder(nn.Module):
    """Token ids [batch, length] to normalized hidden states [batch, length, hidden_size]; heads are methods."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.hidden_size)
        # What a token means behind the one or two before it, at no cost in arithmetic: one row is looked up for each order.
        self.ngrams = nn.Embedding(len(NGRAM_ORDERS) * config.ngram_rows, config.hidden_size) if config.ngram_rows else None
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.hidden_size, config.norm_epsilon)
        # Column 0, after a sigmoid: the share of the middle still to come. Column 1: log2(1 + tokens still to come).
        self.horizon = nn.Linear(config.hidden_size, 2)
        cosine, sine = rotary_tables(config, config.maximum_positions)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)
        self.apply(self._initialize)
        # Residual branches start small so that the depth does not blow up the stream (GPT-2).
        for block in self.blocks:
            for projection in (block.attention.output, block.feed_forward.down):
                nn.init.normal_(projection.weight, std=0.02 / (2 * config.layers) ** 0.5)
        if self.ngrams is not None:
            nn.init.zeros_(self.ngrams.weight)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, token_ids: Tensor) -> Tensor:
        length = token_ids.shape[1]
        cosine, sine = self.cosine[:length], self.sine[:length]
        x = self.embedding(token_ids)
        if self.ngrams is not None:
            x = x + self.ngrams(ngram_ids(token_ids, self.config.ngram_rows)).sum(-2)
        for block in self.blocks:
            x = block(x, cosine, sine)
        return self.norm(x)

    def to_bfloat16(self) -> Decoder:
        """Rounds the weights; the rotary tables stay in fp32, since positions above 256 are not distinct in bf16."""
        cosine, sine = self.cosine, self.sine
        self.bfloat16()
        self.cosine, self.sine = cosine, sine
        return self

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embedding.weight)

    def horizons(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Fraction in [0, 1] and log2(1 + remaining), each [batch, length]."""
        raw = F.linear(hidden.float(), self.horizon.weight.float(), self.horizon.bias.float())
        return raw[..., 0].sigmoid(), raw[..., 1]


def parameter_count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def computing_parameters(model: Decoder) -> int:
    """Parameters that tokens are multiplied by: all but the rows of n-gram tables, which are looked up."""
    return parameter_count(model) - (0 if model.ngrams is None else parameter_count(model.ngrams))
