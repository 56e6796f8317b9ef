"""Change detectors on a model's errors, fed only where labels have come in."""

from __future__ import annotations

import math

import numpy as np

SLACK = 0.5  # Page-Hinkley's k, in standard deviations of a quiet window


def _run_length(h: float) -> float:
    b = h + 1.166
    return (math.exp(2 * SLACK * b) - 2 * SLACK * b - 1) / (2 * SLACK * SLACK)


def threshold(run_length: float) -> float:
    """The limit h at which clean data raises one false alarm per `run_length` windows (ARL formula of the one-sided CUSUM)."""
    low, high = 0.0, 50.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _run_length(middle) < run_length else (low, middle)
    return (low + high) / 2


def page_hinkley(losses: list[float], reference: list[float], run_length: float = 180.0) -> int | None:
    """Index of the first window whose loss has risen for too long, or None. `reference` are >= 2 quiet windows' losses."""
    mean, deviation = float(np.mean(reference)), float(np.std(reference, ddof=1))
    limit, level = threshold(run_length), 0.0
    for index, loss in enumerate(losses):
        level = max(0.0, level + (loss - mean) / max(deviation, 1e-9) - SLACK)
        if level > limit:
            return index
    return None


class Adwin:
    """Adaptive window over 0/1 errors: drops its older part when the means of the two parts differ too much for chance.

    Buckets hold 1, 2, 4 … values, at most five of a size (Bifet and Gavalda 2007), checked every 32 values.
    """

    def __init__(self, delta: float = 0.002) -> None:
        self.delta = delta
        self.buckets: list[tuple[int, float, float]] = []  # (count, sum, sum of squares), oldest first
        self.seen = 0

    def update(self, value: float) -> bool:
        """Takes one value in 0..1; True when the older part was dropped because the mean changed."""
        self.buckets.append((1, value, value * value))
        self.seen += 1
        self._merge()
        return self.seen % 32 == 0 and self._shrink()

    @property
    def size(self) -> int:
        return sum(count for count, _, _ in self.buckets)

    def _merge(self) -> None:
        size, end = 1, len(self.buckets)
        while True:
            start = end
            while start > 0 and self.buckets[start - 1][0] == size:
                start -= 1
            if end - start <= 5:
                return
            a, b = self.buckets[start], self.buckets[start + 1]
            self.buckets[start : start + 2] = [(a[0] + b[0], a[1] + b[1], a[2] + b[2])]
            size, end = size * 2, start + 1

    def _shrink(self) -> bool:
        shrunk = False
        while self._cut():
            self.buckets.pop(0)
            shrunk = True
        return shrunk

    def _cut(self) -> bool:
        n = self.size
        if n < 10:
            return False
        total = sum(part for _, part, _ in self.buckets)
        variance = max(0.0, sum(square for _, _, square in self.buckets) / n - (total / n) ** 2)
        spread = math.log(2 * math.log(max(n, 3)) / self.delta)
        count, part = 0, 0.0
        for bucket in self.buckets[:-1]:
            count, part = count + bucket[0], part + bucket[1]
            if count < 5 or n - count < 5:
                continue
            harmonic = 1 / (count - 4) + 1 / (n - count - 4)
            bound = math.sqrt(2 * harmonic * variance * spread) + 2 / 3 * harmonic * spread
            if abs(part / count - (total - part) / (n - count)) > bound:
                return True
        return False
