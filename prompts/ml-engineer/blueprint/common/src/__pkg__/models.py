"""Estimators by family, what they say about rows, and a hash of what they learned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler
from threadpoolctl import ThreadpoolController

from .metrics import Scores

# One thread: sums over several change in their last digits from run to run. Found once: looking for libraries takes 5 ms.
THREADS = ThreadpoolController()
CLASSIFIERS = {
    "dummy": DummyClassifier, "linear": LogisticRegression, "additive": LogisticRegression,
    "hist_gradient_boosting": HistGradientBoostingClassifier, "random_forest": RandomForestClassifier,
}
REGRESSORS = {
    "dummy": DummyRegressor, "linear": Ridge, "additive": Ridge, "hist_gradient_boosting": HistGradientBoostingRegressor,
    "random_forest": RandomForestRegressor,
}
# A category with fewer training rows shares its weight with the other rare ones.
LEAST_ROWS = 5
# A number with at least this many values is bent by a spline; fewer are as good as steps.
LEAST_VALUES = 10


@dataclass(frozen=True)
class Layout:
    """Which feature columns number categories, and which hold their target rates; positions, as FeatureBuilder gives them."""

    codes: tuple[int, ...] = ()
    rates: tuple[int, ...] = ()

    def without(self, dropped: Sequence[int], width: int) -> list[int]:
        """Positions of `width` columns that remain."""
        return [i for i in range(width) if i not in set(dropped)]


def _weighted(bent: bool, features: np.ndarray, layout: Layout) -> ColumnTransformer:
    """Columns for a model of weights: one per category instead of a rate, numbers scaled and, where `bent`, as splines too."""
    numbers = layout.without([*layout.codes, *layout.rates], features.shape[1])
    curved = [i for i in numbers if bent and len(np.unique(features[:, i])) >= LEAST_VALUES]
    steps: list[tuple[str, Any, list[int]]] = [("numbers", StandardScaler(), numbers)]
    if curved:
        splines = make_pipeline(SplineTransformer(n_knots=5, extrapolation="linear", include_bias=False), StandardScaler())
        steps.append(("curves", splines, curved))
    if layout.codes:
        categories = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=LEAST_ROWS)
        steps.append(("categories", categories, list(layout.codes)))
    return ColumnTransformer(steps)


def create(family: str, params: Mapping[str, Any], kind: str, seed: int, features: np.ndarray, layout: Layout = Layout()) -> Any:
    """An unfitted estimator for such features. KeyError names an unknown family; scikit-learn's TypeError an unknown parameter.

    linear: a weight per category and per number. additive: numbers may bend too. Trees read rates instead of codes.
    """
    table = REGRESSORS if kind == "regression" else CLASSIFIERS
    settings = dict(params)
    if family in ("linear", "additive"):
        if kind != "regression":
            settings.setdefault("max_iter", 1000)
        return make_pipeline(_weighted(family == "additive", features, layout), table[family](**settings))
    if family in ("hist_gradient_boosting", "random_forest"):
        settings["random_state"] = seed
    estimator = table[family](**settings)
    if not layout.codes:
        return estimator
    return make_pipeline(ColumnTransformer([("kept", "passthrough", layout.without(layout.codes, features.shape[1]))]), estimator)


def fit(family: str, params: Mapping[str, Any], kind: str, seed: int, features: np.ndarray, truth: np.ndarray,
        layout: Layout = Layout()) -> Any:
    """A fitted estimator, the same for the same rows to the last bit. ValueError when there is only one label to learn."""
    if kind != "regression" and len(np.unique(truth)) < 2 and family != "dummy":
        raise ValueError("every training row has the same label: nothing can be learned")
    estimator = create(family, params, kind, seed, features, layout)
    with THREADS.limit(limits=1):
        return estimator.fit(features, truth)


@dataclass(frozen=True)
class Recalibrated:
    """The mean of binary classifiers, its log-odds stretched by `slope` and moved by `offset` (Platt 1999). Ranks stay as they are."""

    members: tuple[Any, ...]
    slope: float
    offset: float

    @property
    def classes_(self) -> np.ndarray:
        return np.array([0, 1])

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        said = np.mean([_spread(member, features, ("0", "1"))[:, 1] for member in self.members], axis=0)
        moved = recalibrated(said, self.slope, self.offset)
        return np.column_stack([1 - moved, moved])


def log_odds(chances: np.ndarray) -> np.ndarray:
    """ln(p / (1 − p)), with 0 and 1 taken as 1e-6 away."""
    kept = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))


def recalibrated(chances: np.ndarray, slope: float, offset: float) -> np.ndarray:
    return 1 / (1 + np.exp(-(slope * log_odds(chances) + offset)))


def fit_calibration(truth: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    """(slope, offset) of the likeliest stretch of the log-odds; (1, 0) changes nothing."""
    model = LogisticRegression(C=1e6, max_iter=1000).fit(log_odds(chances)[:, None], truth)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _spread(estimator: Any, features: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """Probabilities over all `classes`, also those that this estimator never saw."""
    values = np.zeros((len(features), len(classes)))
    values[:, np.asarray(estimator.classes_, dtype=int)] = estimator.predict_proba(features)
    return values


def score(estimators: Sequence[Any], features: np.ndarray, kind: str, classes: Sequence[str] = (),
          threshold: float = 0.5, batch: int = 100_000) -> Scores:
    """The mean of what the estimators say, computed in batches of rows."""
    parts = []
    with THREADS.limit(limits=1):
        for start in range(0, max(len(features), 1), batch):
            block = features[start : start + batch]
            if kind == "regression":
                said = [estimator.predict(block) for estimator in estimators]
            elif kind == "binary":
                said = [_spread(estimator, block, ("0", "1"))[:, 1] for estimator in estimators]
            else:
                said = [_spread(estimator, block, classes) for estimator in estimators]
            parts.append(np.mean(said, axis=0))
    return Scores(kind, np.concatenate(parts), tuple(classes), threshold)


def _parts(value: Any, depth: int) -> Iterable[bytes]:
    if depth > 60:
        raise ValueError("the model holds a reference to itself; it cannot be hashed")
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        yield f"{type(value).__name__}:{value!r};".encode()
    elif isinstance(value, np.generic):
        yield f"{value.dtype}:{value.item()!r};".encode()
    elif isinstance(value, np.ndarray):
        yield from _array(value, depth)
    elif isinstance(value, Mapping):
        yield b"{"
        for key in sorted(value, key=repr):
            yield f"{key!r}=".encode()
            yield from _parts(value[key], depth + 1)
    elif isinstance(value, (list, tuple)):
        yield f"[{len(value)}".encode()
        for item in value:
            yield from _parts(item, depth + 1)
    elif isinstance(value, (set, frozenset)):
        yield from _parts(sorted(value, key=repr), depth + 1)
    elif isinstance(value, np.random.RandomState):
        yield from _parts(value.get_state(), depth + 1)
    elif isinstance(value, type) or callable(value) and hasattr(value, "__qualname__"):
        yield f"{value.__module__}.{value.__qualname__};".encode()
    else:
        maker, *rest = value.__reduce_ex__(2)
        yield from _parts([maker, *rest[:2]], depth + 1)


def _array(value: np.ndarray, depth: int) -> Iterable[bytes]:
    # Field by field: records carry padding bytes that nobody ever wrote.
    if value.dtype.names:
        for name in value.dtype.names:
            yield name.encode()
            yield from _array(value[name], depth)
    elif value.dtype.hasobject:
        yield from _parts(value.tolist(), depth + 1)
    else:
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()


def model_hash(estimators: Sequence[Any], builder_state: Mapping[str, Any]) -> str:
    """sha256 over what was learned: equal for two runs on equal data, wherever and whenever they happen."""
    digest = hashlib.sha256()
    for part in _parts([list(estimators), dict(builder_state)], 0):
        digest.update(part)
    return digest.hexdigest()
