"""Metrics of conf/model.yaml, each for many weightings of the same rows at once, so that a bootstrap is one call.

Every metric takes (truth, scores, weights): `weights` is (resamples × rows), the answer one figure per resample; NaN where a
resample cannot be judged (one class only). With one row of ones the figures equal those of scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

Array = np.ndarray
# Elements of one block of weights: 8 million doubles are 64 MB, whatever the number of rows.
BLOCK = 8_000_000
TINY = 1e-15


@dataclass(frozen=True)
class Scores:
    """What a model says about rows: probability of the positive class, a probability per class, or a value."""

    kind: str  # binary | multiclass | regression
    values: Array
    classes: tuple[str, ...] = ()
    threshold: float = 0.5

    @property
    def labels(self) -> Array:
        """The decision per row: 0/1 for binary, the index of the class for multiclass, the value itself for regression."""
        if self.kind == "binary":
            return (self.values >= self.threshold).astype("int64")
        return self.values.argmax(axis=1) if self.kind == "multiclass" else self.values

    def take(self, rows: Array) -> Scores:
        return replace(self, values=self.values[rows])


Metric = Callable[[Array, Scores, Array], Array]


def _ranked(truth: Array, scores: Array, weights: Array) -> tuple[Array, Array]:
    """Weight of positives and of negatives per distinct score, ascending."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    positive = weights[:, order] * truth[order]
    total = np.add.reduceat(weights[:, order], starts, axis=1)
    hits = np.add.reduceat(positive, starts, axis=1)
    return hits, total - hits


def _ratio(top: Array, bottom: Array) -> Array:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)


def roc_auc(truth: Array, scores: Scores, weights: Array) -> Array:
    hits, misses = _ranked(truth, scores.values, weights)
    below = np.cumsum(misses, axis=1) - misses
    return _ratio((hits * (below + misses / 2)).sum(axis=1), hits.sum(axis=1) * misses.sum(axis=1))


def average_precision(truth: Array, scores: Scores, weights: Array) -> Array:
    hits, misses = (part[:, ::-1] for part in _ranked(truth, scores.values, weights))
    found = np.cumsum(hits, axis=1)
    precision = np.nan_to_num(_ratio(found, found + np.cumsum(misses, axis=1)))
    return _ratio((hits * precision).sum(axis=1), hits.sum(axis=1))


def _mean(losses: Array, weights: Array) -> Array:
    return weights @ losses / weights.sum(axis=1)


def log_loss(truth: Array, scores: Scores, weights: Array) -> Array:
    if scores.kind == "binary":
        chance = np.where(truth == 1, scores.values, 1 - scores.values)
    else:
        chance = scores.values[np.arange(len(truth)), truth]
    return _mean(-np.log(np.clip(chance, TINY, 1)), weights)


def brier(truth: Array, scores: Scores, weights: Array) -> Array:
    return _mean((scores.values - truth) ** 2, weights)


def _f1_per_class(truth: Array, decided: Array, count: int, weights: Array) -> tuple[Array, Array]:
    """(F1, weight of the rows in which the class occurs or is said) per resample and class."""
    known, said = (np.eye(count)[codes.astype(int)] for codes in (truth, decided))
    sums = weights @ known + weights @ said
    return np.nan_to_num(_ratio(2 * (weights @ (known * said)), sums)), sums


def f1(truth: Array, scores: Scores, weights: Array) -> Array:
    return _f1_per_class(truth, scores.labels, 2, weights)[0][:, 1]


def macro_f1(truth: Array, scores: Scores, weights: Array) -> Array:
    count = 2 if scores.kind == "binary" else len(scores.classes)
    values, sums = _f1_per_class(truth, scores.labels, count, weights)
    present = sums > 0
    return _ratio((values * present).sum(axis=1), present.sum(axis=1).astype(float))


def accuracy(truth: Array, scores: Scores, weights: Array) -> Array:
    return _mean((truth == scores.labels).astype(float), weights)


def mae(truth: Array, scores: Scores, weights: Array) -> Array:
    return _mean(np.abs(truth - scores.values), weights)


def rmse(truth: Array, scores: Scores, weights: Array) -> Array:
    return np.sqrt(_mean((truth - scores.values) ** 2, weights))


def r2(truth: Array, scores: Scores, weights: Array) -> Array:
    spread = _mean(truth**2, weights) - _mean(truth, weights) ** 2
    return 1 - _ratio(_mean((truth - scores.values) ** 2, weights), spread)


METRICS: dict[str, Metric] = {
    "roc_auc": roc_auc, "average_precision": average_precision, "log_loss": log_loss, "brier": brier, "f1": f1,
    "macro_f1": macro_f1, "accuracy": accuracy, "mae": mae, "rmse": rmse, "r2": r2,
}
GREATER_IS_BETTER = {"roc_auc", "average_precision", "f1", "macro_f1", "accuracy", "r2"}


def measure(name: str, truth: Array, scores: Scores) -> float:
    """One figure on rows as they are; NaN where it is not defined (one class only)."""
    return float(METRICS[name](truth, scores, np.ones((1, len(truth))))[0])


def resampled(name: str, truth: Array, many: Sequence[Scores], resamples: int, seed: int) -> Array:
    """(len(many) × resamples) bootstrap figures. All models see the same resamples, so differences are paired."""
    rows, random, blocks = len(truth), np.random.default_rng(seed), []
    step = max(1, BLOCK // max(rows, 1))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = random.integers(0, rows, (count, rows)) + rows * np.arange(count)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype("float64")
        blocks.append(np.stack([METRICS[name](truth, scores, weights) for scores in many]))
    return np.concatenate(blocks, axis=1)


def bounds(figures: Array, level: float) -> tuple[float | None, float | None]:
    """Percentile interval; (None, None) when fewer than half of the resamples could be judged."""
    valid = figures[np.isfinite(figures)]
    if len(valid) < max(1, len(figures) / 2):
        return None, None
    low, high = np.quantile(valid, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
