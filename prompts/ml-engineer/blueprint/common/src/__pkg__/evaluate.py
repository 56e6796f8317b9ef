"""What a model is worth on rows it has not seen: figures with intervals, curves, slices, calibration, and acceptance."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import config as configuration
from . import ingest
from .metrics import GREATER_IS_BETTER, Scores, bounds, measure, resampled
from .validate import as_text

BINS = 10
SLICE_RESAMPLES = 1000
SLICE_VALUES = 12


def rounded(value: float | None, digits: int = 6) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), digits)


def column_rule(values: pd.Series, truth: np.ndarray, others: pd.Series, kind: str, classes: Sequence[str]) -> Scores:
    """The best that one column alone can say: the mean answer per category, or per tenth of its numbers, seen in training."""
    answers = np.eye(len(classes))[truth.astype(int)] if kind == "multiclass" else truth.astype(float)[:, None]
    known, asked = _buckets(values, others)
    table = pd.DataFrame(answers).groupby(known).mean()
    found = table.reindex(asked).to_numpy()
    found = np.where(np.isnan(found), answers.mean(axis=0), found)
    return Scores(kind, found if kind == "multiclass" else found[:, 0], tuple(classes))


def _buckets(values: pd.Series, others: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype("Float64").to_numpy("float64", na_value=np.nan)
        edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1])) if np.isfinite(numbers).any() else []
        asked = others.astype("Float64").to_numpy("float64", na_value=np.nan)
        return tuple(np.where(np.isnan(x), -1, np.searchsorted(edges, x)) for x in (numbers, asked))  # type: ignore[return-value]
    return tuple(x.map(as_text, na_action="ignore").astype(object).fillna("").to_numpy() for x in (values, others))  # type: ignore[return-value]


def calibration(truth: np.ndarray, scores: Scores) -> dict[str, Any] | None:
    """Said against seen in ten bins of equal count. `error`: mean distance weighted by rows (expected calibration error)."""
    if scores.kind != "binary":
        return None
    order = np.argsort(scores.values, kind="stable")
    bins = []
    for rows in np.array_split(order, min(BINS, len(order))):
        bins.append({"said": rounded(scores.values[rows].mean()), "seen": rounded(truth[rows].mean()), "rows": len(rows)})
    error = sum(abs(item["said"] - item["seen"]) * item["rows"] for item in bins) / len(truth)
    return {"error": rounded(error), "bins": bins}


def choose_threshold(truth: np.ndarray, scores: Scores, costs: Mapping[str, float], rule: Mapping[str, Any] | None,
                     max_error: float) -> dict[str, Any] | None:
    """The decision threshold with the least cost. From out-of-fold scores, never from the hold-out.

    Probabilities that are calibrated within `max_error` take the rule of conf (false positives over all costs, Elkan 2001);
    others take the score that would have cost least.
    """
    if scores.kind != "binary" or rule is None:
        return None
    if rule["rule"] == "given":
        return {"value": float(rule["value"]), "rule": "given", "why": "people chose it (metric.threshold)"}
    if (calibration(truth, scores) or {"error": 1})["error"] <= max_error:
        return {"value": float(rule["value"]), "rule": rule["rule"], "why": "out-of-fold scores are calibrated"}
    order = np.argsort(-scores.values, kind="stable")
    hits = truth[order]
    cost = costs["false_positive"] * np.cumsum(1 - hits) + costs["false_negative"] * (hits.sum() - np.cumsum(hits))
    return {"value": float(scores.values[order][cost.argmin()]), "rule": "least_cost",
            "why": "out-of-fold scores are not calibrated; this one would have cost least"}


def curves(truth: np.ndarray, scores: Scores) -> dict[str, list[list[float]]]:
    """Points [x, y] to draw: ROC, precision over recall and calibration, or residuals by quantile; at most 101 per curve."""
    if scores.kind == "regression":
        shares = np.linspace(0, 1, 101)
        return {"residuals": [[float(s), float(v)] for s, v in zip(shares, np.quantile(truth - scores.values, shares), strict=True)]}
    if scores.kind == "multiclass":
        count = len(scores.classes)
        table = np.bincount(truth.astype(int) * count + scores.labels, minlength=count * count).reshape(count, count)
        return {"confusion": table.astype(float).tolist()}
    order = np.argsort(-scores.values, kind="stable")
    hits, total = np.cumsum(truth[order]), np.arange(1, len(truth) + 1)
    keep = np.unique(np.linspace(0, len(truth) - 1, 101).astype(int))
    positives, negatives = max(truth.sum(), 1), max((1 - truth).sum(), 1)
    roc = np.c_[(total - hits) / negatives, hits / positives][keep]
    recall = np.c_[hits / positives, hits / total][keep]
    said = [[item["said"], item["seen"]] for item in (calibration(truth, scores) or {})["bins"]]
    return {"roc": roc.tolist(), "precision_recall": recall.tolist(), "calibration": said}


def plot(points: Sequence[Sequence[float]], title: str, size: int = 320) -> str:
    """One curve as an SVG picture, without a plotting library."""
    values = np.asarray(points, dtype=float)
    low, span = values.min(axis=0), np.ptp(values, axis=0)
    placed = (values - low) / np.where(span > 0, span, 1) * (size - 40) + 20
    line = " ".join(f"{x:.1f},{size - y:.1f}" for x, y in placed)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><title>{title}</title>'
            f'<rect width="{size}" height="{size}" fill="white"/><polyline points="{line}" fill="none" stroke="black"/></svg>\n')


def slices(df: pd.DataFrame, fields: Sequence[str], truth: np.ndarray, scores: Scores, metric: str, min_rows: int,
           seed: int, level: float) -> list[dict[str, Any]]:
    """The primary metric per value of each slice field, with its support; NOT ENOUGH DATA where rows are too few."""
    found = []
    for field in fields:
        if field not in df.columns:
            continue
        texts = df[field].map(as_text, na_action="ignore").astype(object).fillna("(missing)").to_numpy()
        for value, count in pd.Series(texts).value_counts().head(SLICE_VALUES).items():
            entry: dict[str, Any] = {"field": field, "value": str(value), "rows": int(count)}
            rows = np.flatnonzero(texts == value)
            figure = measure(metric, truth[rows], scores.take(rows))
            if count < min_rows or not np.isfinite(figure):
                found.append({**entry, "verdict": "NOT ENOUGH DATA"})
                continue
            low, high = bounds(resampled(metric, truth[rows], [scores.take(rows)], SLICE_RESAMPLES, seed)[0], level)
            found.append({**entry, "verdict": "judged", "metric": rounded(figure), "low": rounded(low), "high": rounded(high)})
    return found


# What is compared between groups: of a decision, how often it says yes and how often it is right about each truth.
RATES = {"binary": ("selected", "true_positive", "false_positive"), "multiclass": ("accuracy",), "regression": ("mean_error",)}


def _rate(name: str, truth: np.ndarray, scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    """(value, weight) per row; a group's rate is the weighted mean of the values."""
    every = np.ones(len(truth))
    if name == "mean_error":
        return scores.values - truth, every
    if name == "accuracy":
        return (scores.labels == truth).astype(float), every
    return scores.labels.astype(float), {"selected": every, "true_positive": (truth == 1) * 1.0, "false_positive": (truth == 0) * 1.0}[name]


def fairness(df: pd.DataFrame, fields: Sequence[str], truth: np.ndarray, scores: Scores, min_rows: int, seed: int,
             level: float) -> list[dict[str, Any]]:
    """Per protected field and rate: the rate of each group and the gap between the highest and the lowest, with its interval.

    Groups below `min_rows` are named but not compared; fewer than two comparable groups are NOT ENOUGH DATA.
    """
    found, rows = [], len(truth)
    drawn = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), SLICE_RESAMPLES).astype(float) if fields and rows else None
    for field in (name for name in fields if name in df.columns):
        texts = df[field].map(as_text, na_action="ignore").astype(object).fillna("(missing)").to_numpy()
        counts = pd.Series(texts).value_counts()
        names = [str(value) for value, count in counts.items() if count >= min_rows][:SLICE_VALUES]
        small = len(counts) - len(names)
        for rate in RATES[scores.kind]:
            entry: dict[str, Any] = {"field": field, "rate": rate, "too_small": small}
            if len(names) < 2 or drawn is None:
                found.append({**entry, "verdict": "NOT ENOUGH DATA", "groups": [], "gap": None, "low": None, "high": None})
                continue
            value, weight = _rate(rate, truth, scores)
            masks = np.stack([(texts == name) * weight for name in names], axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                now = (value @ masks) / masks.sum(axis=0)
                again = (drawn @ (masks * value[:, None])) / (drawn @ masks)
            low, high = bounds(np.ptp(again, axis=1), level)
            groups = [{"value": name, "rate": rounded(figure)} for name, figure in zip(names, now, strict=True)]
            found.append({**entry, "verdict": "judged", "groups": groups, "gap": rounded(float(np.ptp(now))), "low": rounded(low),
                          "high": rounded(high)})
    return found


def paired(metric: str, truth: np.ndarray, model: Scores, other: Scores, resamples: int, seed: int, level: float) -> dict[str, Any]:
    """Figures of both with intervals, and their difference (model − other) on the same resamples."""
    drawn = resampled(metric, truth, [model, other], resamples, seed)
    value, against = measure(metric, truth, model), measure(metric, truth, other)
    ends = [bounds(figures, level) for figures in (drawn[0], drawn[1], drawn[0] - drawn[1])]
    keys = ("value", "low", "high")
    parts = [dict(zip(keys, map(rounded, (v, *e)), strict=True)) for v, e in zip((value, against, value - against), ends, strict=True)]
    return {"model": parts[0], "other": parts[1], "difference": parts[2]}


def better_by(difference: Mapping[str, float | None], metric: str, margin: float) -> bool:
    """True when the worse end of the interval still lies beyond the margin, in the metric's better direction."""
    if metric in GREATER_IS_BETTER:
        return difference["low"] is not None and difference["low"] > margin
    return difference["high"] is not None and difference["high"] < -margin


def acceptance(metrics: Mapping[str, Any], rules: Mapping[str, Any], checks: Sequence[str]) -> list[dict[str, Any]]:
    """One verdict per check: {check, ok, why}. Bounds come from conf/model.yaml `acceptance`, figures from the training run."""
    judge = {"beats_baseline": _beats, "slices": _slices_hold, "calibration": _calibrated, "latency": _fast, "size": _small,
             "fairness": _even}
    return [{"check": name, **dict(zip(("ok", "why"), judge[name](metrics, rules), strict=True))} for name in checks]


def _beats(metrics: Mapping[str, Any], rules: Mapping[str, Any]) -> tuple[bool, str]:
    gain = metrics["difference"]
    supported = metrics.get("borne_out", True)  # versions of before did not say
    ok = better_by(gain, metrics["metric"], rules["margin"]) and supported
    folds = "" if supported else "; the folds do not bear it out"
    return ok, f"difference to {metrics['baseline']['rule']} {gain['value']} [{gain['low']}, {gain['high']}], margin {rules['margin']}{folds}"


def _slices_hold(metrics: Mapping[str, Any], rules: Mapping[str, Any]) -> tuple[bool, str]:
    gap = rules["slice"]["max_gap_share"] * abs(metrics["value"] - metrics["baseline"]["trivial"])
    sign = 1 if metrics["greater_is_better"] else -1
    end = "high" if metrics["greater_is_better"] else "low"
    judged = [item for item in metrics["slices"] if item["verdict"] == "judged" and item[end] is not None]
    # A slice fails only when its whole interval lies beyond the gap: one unlucky slice among many is not a finding.
    bad = [item for item in judged if sign * item[end] < sign * metrics["value"] - gap]
    return not bad, f"{len(bad)} of {len(judged)} judged slices lie more than {gap:.4g} below the whole"


def _even(metrics: Mapping[str, Any], rules: Mapping[str, Any]) -> tuple[bool, str]:
    limit = (rules.get("fairness") or {"max_gap": 1})["max_gap"]
    judged = [item for item in metrics["fairness"] if item["rate"] == "true_positive" and item["low"] is not None]
    # The gap of random groups is never 0, so only one whose whole interval lies above the limit is a finding.
    bad = [item["field"] for item in judged if item["low"] > limit]
    return not bad, f"{len(bad)} of {len(judged)} protected columns have a gap in true positives above {limit}{': ' if bad else ''}{', '.join(bad)}"


def _calibrated(metrics: Mapping[str, Any], rules: Mapping[str, Any]) -> tuple[bool, str]:
    if not rules["calibration"] or not metrics["calibration"]:
        return True, "not a binary target"
    error, limit = metrics["calibration"]["error"], rules["calibration"]["max_error"]
    return error <= limit, f"calibration error {error}, limit {limit}"


def _fast(metrics: Mapping[str, Any], rules: Mapping[str, Any]) -> tuple[bool, str]:
    p99 = metrics["latency_ms"]["p99"]
    return p99 <= rules["p99_ms"], f"one row takes {p99} ms at p99, limit {rules['p99_ms']} ms"


def _small(metrics: Mapping[str, Any], rules: Mapping[str, Any]) -> tuple[bool, str]:
    return metrics["model_mb"] <= rules["model_mb"], f"{metrics['model_mb']} MB, limit {rules['model_mb']} MB"


def compare(runs: Sequence[Mapping[str, Any]]) -> str:
    """Training runs ranked by the primary metric with its interval, and what each did differently from the best."""
    if not runs:
        return "no training runs yet. Next: make train"
    kept = [run for run in runs if run["metrics"]["metric"] == runs[-1]["metrics"]["metric"]]
    sign = -1 if kept[-1]["metrics"]["greater_is_better"] else 1
    ranked = sorted(kept, key=lambda run: sign * run["metrics"]["value"])
    best, lines = ranked[0], [f"{'run':<26} {kept[-1]['metrics']['metric']:>10}  interval              differs from the best"]
    for run in ranked:
        figures = run["metrics"]
        changed = [name for name in ("data_hash", "config_hash", "commit", "lock_hash", "seed", "candidate") if run[name] != best[name]]
        settings = sorted({*run["settings"], *best["settings"]})
        changed += [f"{key} {best['settings'].get(key)} -> {run['settings'].get(key)}" for key in settings
                    if run["settings"].get(key) != best["settings"].get(key)]
        interval = f"[{figures['low']}, {figures['high']}]"
        lines.append(f"{run['run_id']:<26} {figures['value']:>10.4f}  {interval:<22}{', '.join(changed) or '-'}")
    hashes = {run["data_hash"] for run in ranked}
    if len(hashes) > 1:
        lines.append(f"{len(hashes)} different data versions: their figures are not paired")
    return "\n".join(lines)


def main() -> int:
    """`python -m <package>.evaluate compare`: the table of training runs."""
    from .tracker import Journal

    if sys.argv[1:] not in (["compare"], ["compare", "--json"]):
        print("usage: python -m <package>.evaluate compare [--json]", file=sys.stderr)
        return 2
    root = ingest.repo_root()
    settings = configuration.load_config(root).tracking
    runs = Journal(root / settings.folder, settings.keep_runs, settings.max_artifact_mb).runs()
    print(json.dumps(runs) if "--json" in sys.argv else compare(runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
