"""Realised quality: the prediction log joined with labels by prediction id, judged only once the labels are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd
from sklearn import metrics as scores

from .concept import Adwin, page_hinkley
from .ingest import load_conf

MATURE_SHARE = 0.95  # of the predictions must have their label, or the early labels bias the figure
REFERENCE_WINDOWS = 28
RESAMPLES = 200

Metric = Callable[[np.ndarray, np.ndarray], float]


def _f1(truth: np.ndarray, label: np.ndarray) -> float:
    return float(scores.f1_score(truth, label, average="macro"))


METRICS: dict[str, Metric] = {
    "roc_auc": lambda truth, score: float(scores.roc_auc_score(truth, score)),
    "average_precision": lambda truth, score: float(scores.average_precision_score(truth, score)),
    "macro_f1": _f1,
    "mae": lambda truth, value: float(scores.mean_absolute_error(truth, value)),
    "rmse": lambda truth, value: float(np.sqrt(scores.mean_squared_error(truth, value))),
}


def read_labels(folder: Path) -> pd.DataFrame:
    """Labels that have come in: Parquet or CSV files with the columns prediction_id and label; the newest file wins."""
    files = sorted([*folder.glob("*.parquet"), *folder.glob("*.csv")])
    parts = [pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file, keep_default_na=False) for file in files]
    if not parts:
        return pd.DataFrame(columns=["prediction_id", "label"])
    return pd.concat(parts)[["prediction_id", "label"]].drop_duplicates("prediction_id", keep="last")


def truth_of(labels: pd.Series, target: dict[str, Any]) -> np.ndarray:
    """Labels as the metric needs them: 0/1 for a binary target (raw labels or 0/1), text for several classes, else numbers."""
    if target["kind"] == "regression":
        return labels.astype(float).to_numpy()
    text = labels.astype(str)
    if target["kind"] == "multiclass":
        return text.to_numpy()
    if set(text) <= {"0", "1", "0.0", "1.0"}:
        return text.astype(float).astype(int).to_numpy()
    positive = text.isin([str(label) for label in target["positive"]["labels"]])
    return (~positive if target["positive"]["rule"] == "not_equals" else positive).astype(int).to_numpy()


def interval(metric: Metric, truth: np.ndarray, score: np.ndarray, seed: int = 42) -> tuple[float, float, float]:
    """(value, low, high): the metric with its 95 % bootstrap interval over rows."""
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(truth), len(truth))
        if metric not in (METRICS["roc_auc"], METRICS["average_precision"]) or 0 < truth[rows].sum() < len(rows):
            drawn.append(metric(truth[rows], score[rows]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return metric(truth, score), float(low), float(high)


def estimated_auc(score: np.ndarray) -> float | None:
    """AUC expected from the scores alone, taking them for probabilities: it sees input drift, never concept drift."""
    ordered = np.sort(score.astype(float))
    negatives_below = np.cumsum(1 - ordered) - (1 - ordered)
    ties = pd.Series(1 - ordered).groupby(ordered).transform("sum").to_numpy()
    first = pd.Series(negatives_below).groupby(ordered).transform("min").to_numpy()
    total = ordered.sum() * (1 - ordered).sum()
    return None if total <= 0 else float((ordered * (first + ties / 2)).sum() / total)


def changed(joined: pd.DataFrame, time: str, losses: np.ndarray) -> dict[str, Any]:
    """Page-Hinkley over daily mean losses after 28 quiet days, ADWIN over every loss in 0..1."""
    days = pd.Series(losses).groupby(pd.to_datetime(joined[time], utc=True).dt.date.to_numpy()).mean().tolist()
    quiet, later = days[:REFERENCE_WINDOWS], days[REFERENCE_WINDOWS:]
    detector = Adwin()
    adwin = None
    for index, loss in enumerate(losses):
        before = detector.size
        if detector.update(float(loss)) and adwin is None and detector.size < before:
            adwin = index
    return {
        "page_hinkley": page_hinkley(later, quiet) if later else None,
        "page_hinkley_level": "judged" if later else "not_enough_data",
        "adwin": adwin,
    }


def _nothing(why: str) -> dict[str, Any]:
    return {"level": "not_enough_data", "value": None, "text": f"NOT ENOUGH DATA: {why}"}


def judge_outcomes(log: pd.DataFrame, root: Path, monitor: dict[str, Any]) -> dict[str, Any]:
    """Harm when the whole interval of the realised metric lies on the bad side of the training run's own interval.

    Without enough labels, or before `make train` wrote artifacts/metrics.json, the answer is NOT ENOUGH DATA.
    """
    if len(log) == 0:
        return _nothing("no predictions yet")
    columns, conf = monitor["columns"], load_conf("model", root)
    age = pd.Timestamp.now(tz="UTC") - pd.to_datetime(log[columns["time"]], utc=True)
    due = log[(age >= pd.Timedelta(days=monitor["labels"]["delay_days"])).to_numpy()]
    joined = due.merge(read_labels(root / monitor["labels"]["path"]), left_on=columns["id"], right_on="prediction_id", how="inner")
    if len(joined) < monitor["min_rows"] or len(joined) < MATURE_SHARE * len(due):
        return _nothing(f"{len(joined):,} of {len(due):,} due predictions have their label")
    trained = root / "artifacts/metrics.json"
    if not trained.exists():
        return _nothing("artifacts/metrics.json is missing; run make train")
    kept = json.loads(trained.read_text())
    joined = joined.sort_values(columns["time"], kind="stable").tail(monitor["max_rows"])
    truth = truth_of(joined["label"], conf["target"])
    score = joined[columns["score"]].to_numpy()
    if conf["target"]["kind"] == "binary" and len(set(truth)) < 2:
        return _nothing("every label that came in is of one class")
    name = conf["metric"]["primary"]
    value, low, high = interval(METRICS[name], truth, score)
    better = kept["greater_is_better"]
    harm = high < kept["low"] if better else low > kept["high"]
    binary = conf["target"]["kind"] == "binary"
    concept = changed(joined, columns["time"], np.abs(truth - score.astype(float))) if binary else {}
    estimate = estimated_auc(score) if binary and name == "roc_auc" else None
    found = concept.get("adwin") is not None or concept.get("page_hinkley") is not None
    return {
        "level": "harm" if harm else "ok", "metric": name, "value": value, "low": low, "high": high, "n": len(joined),
        "floor": kept["low"] if better else kept["high"], "estimated": estimate, **concept,
        # The inputs alone cannot explain it: what happened is worse than the scores themselves promise.
        "concept_drift": bool(found and (estimate is None or high < estimate)),
        "text": f"{name} {value:.3f} [{low:.3f}, {high:.3f}] on {len(joined):,} labelled predictions; limit {kept['low' if better else 'high']:.3f}",
    }
