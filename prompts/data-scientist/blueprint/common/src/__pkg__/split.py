"""Which rows train and which judge: the hold-out and the folds of conf/model.yaml."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pandas as pd

from . import ingest
from .features import target
from .validate import labels

Positions = np.ndarray


def _share_of(key: str, seed: int) -> float:
    """A stable number 0..1 for an entity: the same on every machine and in every version of the data."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest()[:8], "big") / 2**64


def entity_keys(df: pd.DataFrame, fields: list[str]) -> pd.Series:
    """One text per row that names its entity."""
    return df[fields].apply(labels).fillna("").agg("\x1f".join, axis=1)


def _strata(df: pd.DataFrame, conf: dict) -> np.ndarray:
    y = target(df, conf)
    return np.zeros(len(df)) if conf["target"]["kind"] == "regression" else y.astype(str).to_numpy()


def _deal(df: pd.DataFrame, conf: dict, seed: int) -> np.ndarray:
    """A rank 0..1 per row, random but even within each class, so that any cut keeps the balance."""
    rng = np.random.default_rng(seed)
    rank = np.empty(len(df))
    strata = _strata(df, conf)
    for label in np.unique(strata):
        rows = rng.permutation(np.flatnonzero(strata == label))
        rank[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return rank


def _time_cut(times: pd.Series, split: dict) -> pd.Timestamp:
    """The configured cut; where this extract has no rows on one side of it, the cut that leaves the stated share."""
    cut = pd.Timestamp(split["cut"]) if split["cut"] else None
    if cut is not None and cut.tzinfo:
        cut = cut.tz_convert("UTC").tz_localize(None)
    if cut is not None and (times >= cut).any() and (times < cut).any():
        return cut
    moved = times.quantile(1 - split["holdout_share"], interpolation="higher")
    if not (times < moved).any():
        moved = times.max()
    print(f"the hold-out cut {split['cut']} leaves one side empty here; using {moved}", file=sys.stderr)
    return moved


def holdout(df: pd.DataFrame, conf: dict | None = None) -> tuple[Positions, Positions]:
    """(training positions, hold-out positions), both ascending, no row in both.

    time: the hold-out is later than every training row, less the label delay. entity: no entity on both sides.
    random: the classes keep their shares.
    """
    conf = conf or ingest.load_conf("model")
    split = conf["split"]
    if split["kind"] == "time":
        times = df[split["field"]]
        cut = _time_cut(times, split)
        known = cut - pd.Timedelta(days=split["label_delay_days"])
        later = (times >= cut).to_numpy()
        # Labels that arrive late were not there yet at the cut: training on them would look into the future.
        earlier = ~later & ~((times >= known) & (times < cut)).to_numpy()
        return np.flatnonzero(earlier), np.flatnonzero(later)
    entity = [field for field in split["entity"] if field in df.columns]
    if split["kind"] == "entity" and entity:
        keys = entity_keys(df, entity)
        shares = keys.map({key: _share_of(key, conf["seed"]) for key in keys.unique()}).to_numpy()
        judged = shares < split["holdout_share"]
    else:
        if split["kind"] == "entity":
            print("the entity is not in this extract (PSEUDONYM_KEY is not set): rows are split at random", file=sys.stderr)
        judged = _deal(df, conf, conf["seed"]) < split["holdout_share"]
    return np.flatnonzero(~judged), np.flatnonzero(judged)


def _time_folds(times: pd.Series, count: int) -> list[tuple[Positions, Positions]]:
    """Expanding window: each fold validates on the next stretch of time. Equal instants stay on one side."""
    order = times.rank(method="min", na_option="top").to_numpy()
    edges = np.unique(np.quantile(order, np.linspace(0, 1, count + 2)[1:-1], method="higher"))
    folds = []
    for low, high in zip(edges, [*edges[1:], np.inf], strict=True):
        fit, valid = np.flatnonzero(order < low), np.flatnonzero((order >= low) & (order < high))
        if len(fit) and len(valid):
            folds.append((fit, valid))
    return folds


def folds(df_train: pd.DataFrame, conf: dict | None = None) -> list[tuple[Positions, Positions]]:
    """(fit positions, validation positions) within the training part, as many as conf says where the data allows it."""
    conf = conf or ingest.load_conf("model")
    split = conf["split"]
    if split["kind"] == "time":
        return _time_folds(df_train[split["field"]], split["folds"])
    entity = [field for field in split["entity"] if field in df_train.columns]
    if split["kind"] == "entity" and entity:
        keys = entity_keys(df_train, entity)
        ranks = keys.map({key: _share_of(key, conf["seed"] + 1) for key in keys.unique()}).to_numpy()
    else:
        ranks = _deal(df_train, conf, conf["seed"] + 1)
    fold = np.minimum((ranks * split["folds"]).astype(int), split["folds"] - 1)
    parts = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(split["folds"])]
    return [(fit, valid) for fit, valid in parts if len(fit) and len(valid)]
