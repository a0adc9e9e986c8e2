"""Symmetric quantization of a weight matrix: 8 or 4 bits in blocks, in the layout of ONNX Runtime's MatMulNBits, or 8 bits by rows."""

from __future__ import annotations

import numpy as np

BLOCK = 32


def quantize_blocks(weight: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """[rows, columns] fp32 → values uint8 [rows, blocks, BLOCK * bits / 8] and scales fp32 [rows, blocks]."""
    rows, columns = weight.shape
    if columns % BLOCK:
        raise ValueError(f"a row of {columns} weights is not a multiple of the block of {BLOCK}")
    blocks = weight.astype(np.float32).reshape(rows, columns // BLOCK, BLOCK)
    zero = 1 << (bits - 1)
    if bits == 8:
        scales = np.abs(blocks).max(-1) / 127
    elif bits == 4:
        # The extreme value takes the code -8, which a symmetric range would leave unused.
        extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)[..., 0]
        scales = extreme / -8
    else:
        raise ValueError(f"{bits} bits: only 4 and 8 are supported")
    scales = np.where(scales == 0, 1, scales).astype(np.float32)
    codes = np.clip(np.rint(blocks / scales[..., None]) + zero, 0, (1 << bits) - 1).astype(np.uint8)
    if bits == 4:
        codes = codes[..., 0::2] | (codes[..., 1::2] << 4)
    return codes, scales


def dequantize_blocks(codes: np.ndarray, scales: np.ndarray, bits: int) -> np.ndarray:
    """The inverse of quantize_blocks: [rows, columns] fp32."""
    if bits == 4:
        wide = np.empty((*codes.shape[:-1], BLOCK), dtype=np.uint8)
        wide[..., 0::2], wide[..., 1::2] = codes & 15, codes >> 4
        codes = wide
    values = (codes.astype(np.float32) - (1 << (bits - 1))) * scales[..., None]
    return values.reshape(codes.shape[0], -1)


def quantize_rows(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[rows, columns] fp32 → values int8 [rows, columns] and one scale fp32 for each row, an output of the layer."""
    scales = np.abs(weight).max(-1) / 127
    scales = np.where(scales == 0, 1, scales).astype(np.float32)
    return np.clip(np.rint(weight / scales[:, None]), -127, 127).astype(np.int8), scales


def dequantize_rows(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The inverse of quantize_rows."""
    return codes.astype(np.float32) * scales[:, None]
