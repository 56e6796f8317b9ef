"""The experiment of conf/model.yaml: who gets which arm, how many cases it takes, and whether it ran as planned."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd

from . import ingest

NORMAL = NormalDist()


def assign(unit: str, salt: str, arms: int = 2) -> int:
    """The arm 0..arms-1 of a unit; arm 0 is the control. Stable for ever under one salt, unrelated under another."""
    digest = hashlib.sha256(f"{salt}\x1f{unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * arms >> 64


def log_exposure(path: Path, unit: str, arm: int, salt: str) -> None:
    """Append that a unit met its arm. Only a hash of the unit is kept, so that no name enters the log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "unit": hashlib.sha256(f"{salt}\x1f{unit}".encode()).hexdigest()[:16],
        "arm": arm,
        "experiment": salt,
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _quantiles(alpha: float, power: float, arms: int) -> tuple[float, float]:
    """Two-sided, Bonferroni over the comparisons with the control."""
    return NORMAL.inv_cdf(1 - alpha / (2 * (arms - 1))), NORMAL.inv_cdf(power)


def sample_size_rate(rate: float, effect: float, alpha: float, power: float, arms: int = 2) -> int:
    """Units per arm to tell `rate` from `rate + effect` (absolute). Pooled normal approximation (Fleiss 1981)."""
    other = rate + effect
    if not 0 < rate < 1 or not 0 < other < 1 or effect == 0:
        raise ValueError(f"expected two different rates between 0 and 1, got {rate} and {other}")
    z_alpha, z_power = _quantiles(alpha, power, arms)
    middle = (rate + other) / 2
    root = z_alpha * math.sqrt(2 * middle * (1 - middle)) + z_power * math.sqrt(rate * (1 - rate) + other * (1 - other))
    return math.ceil((root / effect) ** 2)


def sample_size_rate_arcsine(rate: float, effect: float, alpha: float, power: float, arms: int = 2) -> int:
    """The same by Cohen's arcsine effect size (Cohen 1988): the second opinion."""
    z_alpha, z_power = _quantiles(alpha, power, arms)
    h = 2 * math.asin(math.sqrt(rate + effect)) - 2 * math.asin(math.sqrt(rate))
    return math.ceil(2 * ((z_alpha + z_power) / h) ** 2)


def sample_size_mean(std: float, effect: float, alpha: float, power: float, arms: int = 2) -> int:
    """Units per arm to see a difference of means of `effect` where the values scatter by `std`."""
    if std <= 0 or effect == 0:
        raise ValueError(f"expected a positive spread and an effect other than 0, got {std} and {effect}")
    z_alpha, z_power = _quantiles(alpha, power, arms)
    return math.ceil(2 * ((z_alpha + z_power) * std / effect) ** 2)


def two_rates(successes: Sequence[int], units: Sequence[int]) -> float:
    """Two-sided p-value that two rates are equal (pooled normal test)."""
    pooled = sum(successes) / sum(units)
    error = math.sqrt(pooled * (1 - pooled) * (1 / units[0] + 1 / units[1]))
    if error == 0:
        return 1.0
    z = (successes[1] / units[1] - successes[0] / units[0]) / error
    return 2 * (1 - NORMAL.cdf(abs(z)))


def simulate_rates(rate: float, effect: float, per_arm: int, alpha: float, runs: int, seed: int) -> float:
    """Share of simulated experiments that come out significant: the error rate for effect 0, else the power."""
    rng = np.random.default_rng(seed)
    first, second = rng.binomial(per_arm, rate, runs), rng.binomial(per_arm, rate + effect, runs)
    pooled = (first + second) / (2 * per_arm)
    error = np.sqrt(np.maximum(pooled * (1 - pooled) * 2 / per_arm, 1e-300))
    return float(np.mean(np.abs((second - first) / per_arm / error) > NORMAL.inv_cdf(1 - alpha / 2)))


def simulate_means(std: float, effect: float, per_arm: int, alpha: float, runs: int, seed: int) -> float:
    """The same for means; the difference of two sample means is drawn, not every unit."""
    rng = np.random.default_rng(seed)
    error = std * math.sqrt(2 / per_arm)
    return float(np.mean(np.abs(rng.normal(effect, error, runs) / error) > NORMAL.inv_cdf(1 - alpha / 2)))


def chi_square_tail(statistic: float, degrees: int) -> float:
    """P(X > statistic) of a chi-square variable, by the recursion of the incomplete gamma function."""
    half = statistic / 2
    shape = 0.5 if degrees % 2 else 1.0
    tail = math.erfc(math.sqrt(half)) if degrees % 2 else math.exp(-half)
    while shape < degrees / 2:
        tail += math.exp(shape * math.log(half) - half - math.lgamma(shape + 1)) if half > 0 else 0.0
        shape += 1
    return min(1.0, tail)


def sample_ratio(counts: Sequence[int]) -> float:
    """p-value that equal shares were meant; below `sample_ratio_alpha` the assignment or the log is broken."""
    expected = sum(counts) / len(counts)
    return chi_square_tail(sum((count - expected) ** 2 / expected for count in counts), len(counts) - 1)


def wilson(successes: float, units: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a rate (Wilson 1927): also honest near 0 and 1."""
    z = NORMAL.inv_cdf(0.5 + level / 2)
    share = successes / units
    middle = (share + z * z / (2 * units)) / (1 + z * z / units)
    half = z * math.sqrt(share * (1 - share) / units + z * z / (4 * units * units)) / (1 + z * z / units)
    return middle - half, middle + half


def group_gaps(groups: pd.Series, values: Iterable[float], min_rows: int) -> list[dict]:
    """Per group its mean of `values` (a right or wrong 0/1, or an error) and the gap to all others, with intervals.

    A group below `min_rows` says NOT ENOUGH DATA. `different` when the interval of the gap excludes 0.
    """
    frame = pd.DataFrame({"group": groups.map(str, na_action="ignore").astype(object).fillna("(missing)").to_numpy(),
                          "value": np.asarray(list(values), dtype="float64")})
    found = []
    for name, rows in frame.groupby("group", sort=True):
        others = frame.loc[frame["group"] != name, "value"]
        if len(rows) < min_rows or len(others) < min_rows:
            found.append({"group": name, "rows": len(rows), "verdict": "NOT ENOUGH DATA"})
            continue
        gap = float(rows["value"].mean() - others.mean())
        error = math.sqrt(rows["value"].var() / len(rows) + others.var() / len(others))
        z = NORMAL.inv_cdf(1 - 0.025 / max(frame["group"].nunique(), 1))
        found.append({"group": name, "rows": len(rows), "mean": float(rows["value"].mean()), "gap": gap,
                      "low": gap - z * error, "high": gap + z * error,
                      "verdict": "different" if abs(gap) > z * error else "no gap shown"})
    return found


def signed_effect(spec: dict) -> float:
    """The change of the rate that is worth having: down, as the direction says, or up where no room is left below."""
    return -spec["min_effect"] if spec["baseline_rate"] - spec["min_effect"] > 0 else spec["min_effect"]


def plan(conf: dict) -> dict:
    """Units per arm and days at the stated rate, effect, alpha and power, computed again from conf."""
    spec = conf["experiment"]
    common = {"effect": spec["min_effect"], "alpha": spec["alpha"], "power": spec["power"], "arms": spec["arms"]}
    if spec["kind"] == "rate":
        per_arm = sample_size_rate(spec["baseline_rate"], **{**common, "effect": signed_effect(spec)})
    else:
        per_arm = sample_size_mean(spec["baseline_std"], **common)
    return {"per_arm": per_arm, "stated_per_arm": spec["per_arm"], "days": spec["days"], "within_time": spec["within_time"]}


def main() -> int:
    parser = argparse.ArgumentParser(description="Plan and check the experiment")
    parser.add_argument("--counts", type=int, nargs="+", help="units per arm seen so far: tests the sample ratio")
    args = parser.parse_args()
    conf = ingest.load_conf("model")
    if args.counts:
        p = sample_ratio(args.counts)
        broken = p < conf["experiment"]["sample_ratio_alpha"]
        print(f"sample ratio p = {p:.3g}: {'BROKEN, do not read the result' if broken else 'as planned'}")
        return 1 if broken else 0
    for name, value in plan(conf).items():
        print(f"{name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
