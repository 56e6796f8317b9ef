"""Estimators by family, what they say about rows, and a hash of what they learned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import ThreadpoolController

from .metrics import Scores

# One thread: sums over several change in their last digits from run to run. Found once: looking for libraries takes 5 ms.
THREADS = ThreadpoolController()
CLASSIFIERS = {
    "dummy": DummyClassifier, "linear": LogisticRegression, "hist_gradient_boosting": HistGradientBoostingClassifier,
    "random_forest": RandomForestClassifier,
}
REGRESSORS = {
    "dummy": DummyRegressor, "linear": Ridge, "hist_gradient_boosting": HistGradientBoostingRegressor,
    "random_forest": RandomForestRegressor,
}


def create(family: str, params: Mapping[str, Any], kind: str, seed: int) -> Any:
    """An unfitted estimator. KeyError names an unknown family; scikit-learn's TypeError an unknown parameter."""
    table = REGRESSORS if kind == "regression" else CLASSIFIERS
    settings = dict(params)
    if family in ("hist_gradient_boosting", "random_forest"):
        settings["random_state"] = seed
    if family == "linear":
        if kind != "regression":
            settings.setdefault("max_iter", 1000)
        return make_pipeline(StandardScaler(), table[family](**settings))
    return table[family](**settings)


def fit(family: str, params: Mapping[str, Any], kind: str, seed: int, features: np.ndarray, truth: np.ndarray) -> Any:
    """A fitted estimator, the same for the same rows to the last bit. ValueError when there is only one label to learn."""
    if kind != "regression" and len(np.unique(truth)) < 2 and family != "dummy":
        raise ValueError("every training row has the same label: nothing can be learned")
    estimator = create(family, params, kind, seed)
    with THREADS.limit(limits=1):
        return estimator.fit(features, truth)


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
