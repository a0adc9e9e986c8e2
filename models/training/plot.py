"""Draws a run's log as an SVG: loss against tokens, training and dev. Standard library only."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 760, 380, 50


def smooth(points: list[tuple[float, float]], weight: float = 0.9) -> list[tuple[float, float]]:
    """Exponential moving average of the values."""
    result: list[tuple[float, float]] = []
    for x, y in points:
        result.append((x, y if not result else weight * result[-1][1] + (1 - weight) * y))
    return result


def svg(training: list[tuple[float, float]], dev: list[tuple[float, float]]) -> str:
    """Both curves over millions of tokens; the axis of the loss ends at the first decile, where the start would dwarf it."""
    values = sorted(y for _, y in training)
    low, high = min(values + [y for _, y in dev]) - 0.1, values[int(len(values) * 0.95)]
    last = training[-1][0]

    def place(x: float, y: float) -> tuple[float, float]:
        across = MARGIN + (WIDTH - 2 * MARGIN) * x / last
        down = MARGIN + (HEIGHT - 2 * MARGIN) * (high - min(y, high)) / (high - low)
        return round(across, 1), round(down, 1)

    def line(points: list[tuple[float, float]], colour: str) -> str:
        path = " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
        return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{path}"/>'

    labels = []
    for step in range(6):
        loss = low + (high - low) * step / 5
        y = place(0, loss)[1]
        labels.append(f'<text x="{MARGIN - 8}" y="{y + 4}" text-anchor="end">{loss:.2f}</text>')
        labels.append(f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        tokens = last * step / 5
        labels.append(f'<text x="{place(tokens, low)[0]}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle">{tokens:.1f}M</text>')
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *labels,
            line(smooth(training), "#2266aa"),
            line(dev, "#cc4422"),
            *(f'<circle cx="{place(*point)[0]}" cy="{place(*point)[1]}" r="3" fill="#cc4422"/>' for point in dev),
            f'<text x="{WIDTH / 2}" y="20" text-anchor="middle">loss in nats per token against tokens; blue: training, smoothed; red: dev, all tokens</text>',
            "</svg>",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, required=True, help="log.jsonl of train.py")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    entries = [json.loads(line) for line in arguments.log.read_text().splitlines()]
    training = [(e["tokens"] / 1e6, e["loss"]) for e in entries if "step" in e and "event" not in e]
    dev = [(e["tokens"] / 1e6, e["loss"]) for e in entries if e.get("event") == "dev"]
    arguments.out.write_text(svg(training, dev) + "\n")


if __name__ == "__main__":
    main()
