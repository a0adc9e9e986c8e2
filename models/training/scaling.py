"""Fits loss = floor + scale · operations^-exponent to runs that have ended, and says what more arithmetic would bring.

Reads the lines that sweep.py prints, and points given by hand. Of runs that cost about the same the best one counts: the curve is what is reached
when size and tokens are well chosen, the envelope of Hoffmann et al. (arXiv 2203.15556, approach 1).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Runs within this factor of each other's operations cost about the same.
SAME_COST = 1.3


class Point(NamedTuple):
    operations: float
    loss: float


class Curve(NamedTuple):
    """loss = floor + scale · operations^-exponent, and the root mean square of what is left."""

    floor: float
    scale: float
    exponent: float
    error: float

    def at(self, operations: float) -> float:
        return self.floor + self.scale * operations**-self.exponent


def envelope(points: list[Point]) -> list[Point]:
    """The best of each group of like cost, cheapest first; none that is worse than a cheaper one."""
    best: list[Point] = []
    for point in sorted(points):
        if best and point.loss >= best[-1].loss:
            continue
        if best and point.operations < best[-1].operations * SAME_COST:
            best.pop()
        best.append(point)
    return best


def fit(points: list[Point]) -> Curve:
    """
    Least squares in the logarithm of what is above the floor, over a grid of floors.

    :raises ValueError: with fewer than three points; three parameters go through any two
    """
    if len(points) < 3:
        raise ValueError(f"{len(points)} points of different cost: a curve with a floor needs three")
    operations = np.log([point.operations for point in points])
    losses = np.array([point.loss for point in points])
    curves = []
    for floor in np.linspace(0, losses.min() * 0.98, 200):
        slope, offset = np.polyfit(operations, np.log(losses - floor), 1)
        error = float(np.sqrt(np.mean((floor + np.exp(offset + slope * operations) - losses) ** 2)))
        curves.append(Curve(float(floor), float(np.exp(offset)), float(-slope), error))
    return min(curves, key=lambda curve: curve.error)


def point(text: str) -> Point:
    operations, _, loss = text.partition(":")
    return Point(float(operations), float(loss))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="*", type=Path, help="what sweep.py printed")
    parser.add_argument("--point", action="append", default=[], type=point, help="OPERATIONS:LOSS of another run")
    parser.add_argument("--loss", default="middleLoss", help="which of the losses in the lines")
    arguments = parser.parse_args()
    entries = [json.loads(line) for path in arguments.lines for line in path.read_text().splitlines()]
    points = envelope([*(Point(entry["operations"], entry[arguments.loss]) for entry in entries), *arguments.point])
    try:
        curve = fit(points)
    except ValueError as error:
        parser.error(str(error))
    most = points[-1].operations
    more = {f"{times}x": round(curve.at(most * times), 3) for times in (1, 2, 4, 10, 100)}
    print(json.dumps({"points": points, "curve": curve._asdict(), "lossAtTimesTheLargest": more}, indent=1))


if __name__ == "__main__":
    main()
