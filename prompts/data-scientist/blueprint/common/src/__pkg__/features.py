"""Features as conf/model.yaml specifies them. One class computes them for training and for serving, one row or many."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import ingest, layers, lineage
from .validate import labels as texts_of

MISSING, OTHER = "__missing__", "__other__"
# Rows of prior knowledge in a category's target rate: a category seen once moves a twentieth of the way.
PRIOR_ROWS = 20.0
# A target with more classes than this gets rates for its largest ones only.
MAX_CLASSES = 10
CROSS_FITS = 5
# Most categories of one column that are told apart; the rarest beyond count as other.
MOST_CODES = 10_000


def target(df: pd.DataFrame, conf: dict | None = None) -> pd.Series:
    """The label of each row: 0 or 1 for a binary target, text for several classes, float for regression.

    ValueError when a label is missing: a row without one can be predicted, but neither trained on nor scored.
    """
    spec = (conf or ingest.load_conf("model"))["target"]
    values = df[spec["field"]]
    if values.isna().any():
        raise ValueError(f"{int(values.isna().sum())} rows have no label; ingest.load() leaves them out")
    if spec["kind"] == "regression":
        return values.astype("float64").rename("target")
    answers = texts_of(values).rename("target")
    if spec["kind"] == "multiclass":
        return answers
    listed = answers.isin([str(label) for label in spec["positive"]["labels"]])
    return (listed if spec["positive"]["rule"] == "equals" else ~listed).astype("int64")


def _numeric(values: pd.Series) -> np.ndarray:
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64").to_numpy("float64", na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _flags(values: pd.Series) -> np.ndarray:
    words = texts_of(values).map(lambda word: word.strip().lower(), na_action="ignore").astype(object)
    return words.map({"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}).astype("float64").to_numpy()


def _instants(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    texts = values.map(str, na_action="ignore").astype(object)
    return pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)


CODED = ("one_hot", "target_rate")
DATE_PARTS = {
    "month": lambda times: times.dt.month,
    "day_of_week": lambda times: times.dt.day_of_week,
    "day_of_year": lambda times: times.dt.day_of_year,
    "hour": lambda times: times.dt.hour,
}


def _as_number(values: pd.Series, spec: Mapping[str, Any]) -> np.ndarray:
    """A numeric, boolean or date feature before imputation: clipped and transformed, NaN where it is missing."""
    if spec["kind"] == "date_part":
        return DATE_PARTS[spec["transform"]](_instants(values)).astype("float64").to_numpy()
    if spec["kind"] == "boolean":
        return _flags(values)
    numbers = _numeric(values)
    if spec["clip"] is not None:
        numbers = np.clip(numbers, spec["clip"]["low"], spec["clip"]["high"])
    if spec["transform"] == "log1p":
        numbers = np.sign(numbers) * np.log1p(np.abs(numbers))
    return numbers


def _fill_value(numbers: np.ndarray, impute: str) -> float:
    """The value for a missing number, from the training part. Also kept where nothing is missing yet: serving may differ."""
    present = numbers[~np.isnan(numbers)]
    if present.size == 0:
        return 0.0
    if impute == "most_frequent":
        values, counts = np.unique(present, return_counts=True)
        return float(values[np.argmax(counts)])
    return float(np.median(present))


class FeatureBuilder:
    """Fitted on the training part alone; `transform` gives float64 columns in a fixed order without missing values.

    A category becomes `<feature>__c<i>` (one_hot; `labels` says which), or its smoothed target rate beside `<feature>__code`
    (target_rate): trees read the rate, linear models give every code a weight of its own. See `codes` and `rates`.
    """

    def __init__(self, conf: dict | None = None) -> None:
        conf = conf or ingest.load_conf("model")
        self.target_spec: dict = dict(conf["target"])
        self.specs: list[dict] = [dict(spec) for spec in conf["features"]]
        closed = {entry["field"] for entry in conf["excluded"]} | {self.target_spec["field"]}
        leaking = sorted({spec["source"] for spec in self.specs} & closed)
        if leaking:
            raise ValueError(f"features read excluded columns: {', '.join(leaking)}")
        self.state: dict[str, dict] = {}
        self.classes: list[str] = []

    @property
    def sources(self) -> list[str]:
        """The fields it reads, and nothing else."""
        return list(dict.fromkeys(spec["source"] for spec in self.specs))

    @property
    def feature_names(self) -> list[str]:
        return list(self.labels)

    @property
    def labels(self) -> dict[str, str]:
        """Output column → what it means, for people."""
        return {name: text for spec in self.specs for name, text in self._columns(spec)}

    @property
    def codes(self) -> tuple[int, ...]:
        """Positions of the columns that number categories: their size means nothing."""
        return tuple(i for i, name in enumerate(self.labels) if name.endswith("__code"))

    @property
    def rates(self) -> tuple[int, ...]:
        """Positions of the columns that hold target rates: each says in one number what its code says."""
        rated = {column for spec in self.specs if spec["transform"] == "target_rate" for column in self._rated(spec)}
        return tuple(i for i, name in enumerate(self.labels) if name in rated)

    def _rated(self, spec: dict) -> list[str]:
        return [column for column, _ in self._columns({**spec, "missingFlag": False}) if not column.endswith("__code")]

    def _columns(self, spec: dict) -> list[tuple[str, str]]:
        name = spec["name"]
        if spec["transform"] == "one_hot":
            found = [(f"{name}__c{i}", f"{name} = {category}") for i, category in enumerate(self._categories(spec))]
        elif spec["transform"] == "target_rate" and self.classes:
            found = [(f"{name}__t{i}", f"rate of {label} by {name}") for i, label in enumerate(self.classes)]
        elif spec["transform"] == "target_rate":
            found = [(name, f"mean target by {name}")]
        else:
            found = [(name, name)]
        if spec["transform"] == "target_rate":
            found.append((f"{name}__code", f"{name} as a number"))
        return [*found, (f"{name}__missing", f"{name} is missing")] if spec["missingFlag"] else found

    def _categories(self, spec: dict) -> list[str]:
        return self.state[spec["name"]]["categories"]

    def fit(self, df: pd.DataFrame, y: pd.Series) -> FeatureBuilder:
        """Learn fill values, categories and rates from the training part. y as `target` gives it."""
        self.classes = []
        if self.target_spec["kind"] == "multiclass":
            self.classes = [str(label) for label in y.astype(str).value_counts().index[:MAX_CLASSES]]
        self.state = {spec["name"]: self._fit_one(df[spec["source"]], y, spec) for spec in self.specs}
        return self

    def _fit_one(self, values: pd.Series, y: pd.Series, spec: dict) -> dict:
        if spec["transform"] not in CODED:
            return {"fill": _fill_value(_as_number(values, spec), spec["impute"])}
        texts = texts_of(values)
        counts = texts.value_counts()
        fill = MISSING if spec["impute"] != "most_frequent" or counts.empty else str(counts.index[0])
        if spec["transform"] == "target_rate":
            # Every category of the training part: a rare one moves its rate only a little, and a linear model pools the rare ones.
            known = sorted(map(str, counts.index[:MOST_CODES]))
        else:
            known = spec["categories"] if spec["categories"] is not None else [str(label) for label in counts.index[:50]]
        state = {"fill": fill, "categories": [*dict.fromkeys([*known, MISSING, OTHER])]}
        if spec["transform"] == "target_rate":
            state["rates"] = self._rates(self._settled(texts, state), y)
        return state

    def _rates(self, categories: pd.Series, y: pd.Series) -> list[dict]:
        """Per output column its prior and the smoothed mean of the target in each category."""
        answers = [(y.astype(str) == label).astype("float64") for label in self.classes] or [y.astype("float64")]
        rates = []
        for answer in answers:
            prior = float(answer.mean()) if len(answer) else 0.0
            grouped = answer.groupby(categories.to_numpy()).agg(["sum", "count"])
            means = (grouped["sum"] + PRIOR_ROWS * prior) / (grouped["count"] + PRIOR_ROWS)
            rates.append({"prior": prior, "means": {str(key): float(value) for key, value in means.items()}})
        return rates

    @staticmethod
    def _settled(texts: pd.Series, state: dict) -> pd.Series:
        filled = texts.where(texts.notna(), state["fill"])
        return filled.where(filled.isin(state["categories"]), OTHER)

    def transform(self, df: pd.DataFrame) -> pd.DataFrame:
        """Features of every row, in its order. A column that is absent counts as missing in every row."""
        columns: dict[str, np.ndarray] = {}
        for spec in self.specs:
            values = df[spec["source"]] if spec["source"] in df.columns else pd.Series([None] * len(df), index=df.index, dtype=object)
            columns.update(self._transform_one(values, spec))
        return pd.DataFrame(columns, index=df.index, columns=self.feature_names, dtype="float64")

    def _transform_one(self, values: pd.Series, spec: dict) -> dict[str, np.ndarray]:
        name, state = spec["name"], self.state[spec["name"]]
        if spec["transform"] in CODED:
            texts = texts_of(values)
            missing = texts.isna().to_numpy()
            settled = self._settled(texts, state)
            if spec["transform"] == "target_rate":
                columns = {
                    column: settled.map(rate["means"]).astype("float64").fillna(rate["prior"]).to_numpy()
                    for column, rate in zip(self._rated(spec), state["rates"], strict=True)
                }
                numbered = {category: float(i) for i, category in enumerate(state["categories"])}
                columns[f"{name}__code"] = settled.map(numbered).astype("float64").to_numpy()
            else:
                columns = {
                    f"{name}__c{i}": (settled == category).to_numpy("float64")
                    for i, category in enumerate(state["categories"])
                }
        else:
            numbers = _as_number(values, spec)
            missing = np.isnan(numbers)
            columns = {name: np.where(missing, state["fill"], numbers)}
        if spec["missingFlag"]:
            columns[f"{name}__missing"] = missing.astype("float64")
        return columns

    def fit_transform(self, df: pd.DataFrame, y: pd.Series) -> pd.DataFrame:
        """Features to train on: a row's target rates come from the other folds, so that they do not hold its own label."""
        features = self.fit(df, y).transform(df)
        rated = [spec for spec in self.specs if spec["transform"] == "target_rate"]
        if not rated or len(df) < 2 * CROSS_FITS:
            return features
        fold = np.arange(len(df)) % CROSS_FITS
        for spec in rated:
            names = self._rated(spec)
            settled = self._settled(texts_of(df[spec["source"]]), self.state[spec["name"]])
            for k in range(CROSS_FITS):
                rates = self._rates(settled[fold != k], y[fold != k])
                for column, rate in zip(names, rates, strict=True):
                    inside = settled[fold == k].map(rate["means"]).astype("float64").fillna(rate["prior"])
                    features.iloc[np.flatnonzero(fold == k), features.columns.get_loc(column)] = inside.to_numpy()
        return features

    def to_dict(self) -> dict:
        """Everything that was fitted, as JSON data."""
        return {"target": self.target_spec, "features": self.specs, "classes": self.classes, "state": self.state}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FeatureBuilder:
        builder = cls({"target": data["target"], "features": data["features"], "excluded": []})
        builder.classes, builder.state = list(data["classes"]), dict(data["state"])
        return builder


def violations(features: pd.DataFrame, conf: dict) -> list[str]:
    """Which expectations of conf `statistics` a batch of features breaks, one line per feature and rule."""
    limits = conf["statistics"]
    found: list[str] = []
    if len(features) < limits["min_rows"]:
        return [f"NOT ENOUGH DATA: {len(features)} rows, at least {limits['min_rows']} needed"]
    for name in features.columns[features.isna().any()]:
        found.append(f"{name}: missing values")
    for rule in limits["features"]:
        if rule["name"] not in features.columns:
            continue
        values = features[rule["name"]]
        if values.min() < rule["low"] - 1e-9 or values.max() > rule["high"] + 1e-9:
            found.append(f"{rule['name']}: outside {rule['low']:g} to {rule['high']:g}")
    for name in features.columns:
        values = features[name]
        if set(np.unique(values)) <= {0.0, 1.0}:
            support = int(min(values.sum(), len(values) - values.sum()))
            if "__" not in name and support < limits["min_support"]:
                found.append(f"{name}: only {support} rows differ, at least {limits['min_support']} expected")
        elif values.std() == 0:
            found.append(f"{name}: constant")
    return found + redundant(features, limits["redundancy_limit"])


def redundant(features: pd.DataFrame, limit: float) -> list[str]:
    """Pairs that say the same: absolute correlation above the limit. The columns of one category are one feature."""
    varied = features.loc[:, features.std() > 0]
    if varied.shape[1] < 2:
        return []
    matrix = np.abs(np.corrcoef(varied.to_numpy(), rowvar=False))
    rows, columns = np.where(np.triu(matrix, 1) > limit)
    names = varied.columns
    return [f"{names[i]} and {names[j]}: correlation above {limit:g}" for i, j in zip(rows, columns, strict=True)
            if names[i].split("__")[0] != names[j].split("__")[0]]


def skew(reference: pd.DataFrame, serving: pd.DataFrame, limit: float) -> list[str]:
    """Train-versus-serve skew: features whose distribution functions lie further apart than `limit` (0..1)."""
    found = []
    for name in reference.columns:
        left, right = np.sort(reference[name].to_numpy()), np.sort(serving[name].to_numpy())
        grid = np.concatenate([left, right])
        gap = np.abs(np.searchsorted(left, grid, "right") / len(left) - np.searchsorted(right, grid, "right") / len(right))
        if gap.max() > limit:
            found.append(f"{name}: distribution moved by {gap.max():.3f}, at most {limit:g} expected")
    return found


def feature_layer(df: pd.DataFrame, builder: FeatureBuilder, conf: dict) -> pd.DataFrame:
    """Entity key, event time and features of each row: what the feature store holds."""
    store = conf["store"]
    features = builder.transform(df)
    keys = [field for field in store["entity"] if field in df.columns]
    if keys:
        key = df[keys].apply(texts_of).fillna(MISSING).agg("|".join, axis=1)
    else:
        key = pd.Series([str(i) for i in range(len(df))], index=df.index, dtype=object)
    time = df[store["event_time"]] if store["event_time"] in df.columns else pd.Series(pd.Timestamp("1970-01-01"), index=df.index)
    head = pd.DataFrame({store["join_key"]: key, "event_timestamp": time})
    return pd.concat([head, features], axis=1)


def main() -> int:
    from .split import holdout

    root = ingest.repo_root()
    conf = ingest.load_conf("model", root)
    sample = "--sample" in sys.argv
    df, digest = ingest.load(root, sample)
    train, _ = holdout(df, conf)
    builder = FeatureBuilder(conf).fit(df.iloc[train], target(df.iloc[train], conf))
    layer = feature_layer(df, builder, conf)
    origin_is_sample = sample or digest == ingest.sha256_file(root / ingest.SAMPLE)
    store = layers.open_layers(root, ingest.load_conf("data", root), demo=origin_is_sample)
    path = store.folder("feature", digest) / "features.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    layer.to_parquet(path, index=False)
    columns = {name: [name.split("__")[0]] for name in builder.feature_names}
    sources = {spec["name"]: spec["source"] for spec in builder.specs}
    lineage.record(root, "features", [f"processed:{digest}"], [f"feature:{digest}"],
                   {name: [sources.get(parts[0], parts[0])] for name, parts in columns.items()})
    problems = violations(builder.transform(df), conf)
    print(f"{len(layer):,} rows, {len(builder.feature_names)} features -> {Path(path).relative_to(root)}")
    for line in problems:
        print(f"warn: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
