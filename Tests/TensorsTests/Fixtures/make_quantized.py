"""Makes quantized.json: what numpy says of quantized linear layers, written from numerics.md and the comments of
skein_kernels.h alone. Run with numpy in a virtual environment: `python make_quantized.py`.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

f32 = np.float32
DEPTH, OUTPUTS, ROWS = 200, 32, 3
FORMATS = [(8, 128, False), (8, 32, False), (4, 64, False), (4, 32, False), (4, 128, True), (4, 32, True)]


def quantized_group(
    w: np.ndarray, bits: int, has_zeros: bool, searches: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes, f16 scales and zeros of [inputs, outputs] weights, with the clip of the least squared error; without a
    search the scale that fits the largest weight."""
    low, high = w.min(axis=0), w.max(axis=0)
    best = None
    count, first, step = (5, 1.0, 0.01) if bits == 8 else (20, 1.0, 0.02) if has_zeros else (24, 1.15, 0.02)
    if not searches:
        count, first = 1, 1.0
    for i in range(count):
        clip = f32(first - i * f32(step).astype(np.float64))
        if bits == 8:
            wanted = np.maximum(high, -low) * clip / f32(127)
        elif has_zeros:
            bottom, top = np.minimum(low, f32(0)) * clip, np.maximum(high, f32(0)) * clip
            wanted = (top - bottom) / f32(15)
        else:
            wanted = np.where(high > -low, high, low) * clip / f32(-8)
        scale = wanted.astype(np.float16).astype(f32)
        with np.errstate(divide="ignore"):
            inverse = np.where(scale != 0, f32(1) / scale, f32(0)).astype(f32)
        zero = np.full(w.shape[1], 128 if bits == 8 else 8, f32)
        if has_zeros:
            zero = np.clip(np.rint(-bottom * inverse), 0, 15).astype(f32)
        least, most = (1, 255) if bits == 8 else (0, 15)
        codes = np.clip(np.rint(w * inverse) + zero, least, most)
        error = ((w.astype(np.float64) - (codes - zero).astype(np.float64) * scale) ** 2).sum(axis=0)
        if best is None:
            best = [error, codes, scale, zero]
        else:
            better = error < best[0] * (1 - 1e-6)
            for old, new in zip(best, (error, codes, scale, zero)):
                old[..., better] = new[..., better]
    assert best is not None
    return best[1], best[2], best[3]


def quantized_rows(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes and scales of [rows, inputs] activations of one group."""
    largest = np.abs(x).max(axis=1)
    codes = np.rint(x * (f32(127) / largest)[:, None])
    return codes, (largest / f32(127)).astype(f32)


def case(w: np.ndarray, x: np.ndarray, bits: int, group: int, has_zeros: bool) -> dict[str, object]:
    """One format's codes less zeros, scales, and outputs."""
    y = np.zeros((ROWS, OUTPUTS), np.float64)
    codes, scales = [], []
    for start in range(0, DEPTH, group):
        part = slice(start, min(start + group, DEPTH))
        code, scale, zero = quantized_group(w[part], bits, has_zeros)
        activation, activation_scale = quantized_rows(x[:, part])
        dot = activation.astype(np.int64) @ (code - zero).astype(np.int64)
        y += dot * (scale[None, :] * activation_scale[:, None]).astype(np.float64)
        codes.append((code - zero).astype(np.int16))
        scales.append(scale)
    return {
        "bits": bits, "group": group, "has_zeros": has_zeros,
        "codes": encoded(np.concatenate(codes)), "scales": encoded(np.stack(scales)), "y": encoded(y.astype(f32)),
    }


def encoded(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def main() -> None:
    rng = np.random.default_rng(7)
    w = rng.standard_normal((DEPTH, OUTPUTS)).astype(f32)
    w[:, 3] *= f32(1e-3)
    w[::17, 5] *= f32(20)
    x = (rng.standard_normal((ROWS, DEPTH)) * 3).astype(f32)
    made = {
        "depth": DEPTH, "outputs": OUTPUTS, "rows": ROWS, "weights": encoded(w), "x": encoded(x),
        "cases": [case(w, x, *form) for form in FORMATS],
    }
    path = Path(__file__).with_name("quantized.json")
    path.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
