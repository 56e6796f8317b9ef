"""Statistics that judge drift: pure functions on numpy arrays, no scipy.

Every function is compared in tests/infra/test_monitoring_stats.py with answers that scipy gave.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

EXACT_LIMIT = 10_000  # larger samples take the asymptotic p-value
MIN_EXPECTED = 5.0  # categories expected less often in the smaller sample are pooled
EMPTY_SHARE = 1e-4  # counted in place of an empty bin's share, or PSI would be infinite
MAX_CATEGORIES = 1_000
BINS = 10
OTHER = "__other__"
NULL = "__null__"


@dataclass(frozen=True)
class Statistic:
    """One measured difference: `value` is D or chi-squared, `effect` is D or V in 0..1, `df` is 0 for KS."""

    value: float
    effect: float
    p: float
    method: str
    df: int = 0


def ks_exact_p(n: int, m: int, gap: int) -> float:
    """P(D >= gap/(n*m)) for two samples without ties, by the recursion over lattice paths; a diagonal at a time."""
    if gap <= 0:
        return 1.0
    before = np.zeros(n + 2)
    rows = np.arange(n + 1)
    for total in range(1, n + m + 1):
        first, last = max(0, total - m), min(n, total)
        i = rows[first : last + 1]
        j = total - i
        left = before[first : last + 1]  # v(i - 1, j), stored one place to the right
        below = before[first + 1 : last + 2]  # v(i, j - 1)
        value = (i * left + j * below) / total
        value[np.abs(i * m - j * n) >= gap] = 1.0
        before[first + 1 : last + 2] = value
    return float(min(1.0, before[n + 1]))


def ks_asymptotic_p(n: int, m: int, d: float) -> float:
    """Kolmogorov's series with the correction of Simard and L'Ecuyer at N = nm/(n+m), rounded."""
    size = max(1.0, float(round(n * m / (n + m))))
    z = d * math.sqrt(size)
    x = z + 1 / (6 * math.sqrt(size)) + (z - 1) / (4 * size)
    if x < 0.2:
        return 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return float(min(1.0, max(0.0, sum(terms))))


def ks(reference: np.ndarray, current: np.ndarray) -> Statistic:
    """Two-sample Kolmogorov-Smirnov: largest gap between the two distribution functions. NaN must be dropped before."""
    a, b = np.sort(reference), np.sort(current)
    n, m = len(a), len(b)
    if n == 0 or m == 0:
        raise ValueError(f"expected values on both sides, got {n} and {m}")
    values = np.concatenate([a, b])
    gaps = np.searchsorted(a, values, side="right") * m - np.searchsorted(b, values, side="right") * n
    gap = int(np.abs(gaps).max())
    d = gap / (n * m)
    p = ks_asymptotic_p(n, m, d)
    if max(n, m) > EXACT_LIMIT or p < 1e-12:
        return Statistic(d, d, p if d > 0 else 1.0, "asymptotic")
    return Statistic(d, d, ks_exact_p(n, m, gap), "exact")


def gamma_q(a: float, x: float) -> float:
    """Regularised upper incomplete gamma function: a series below x = a + 1, a continued fraction above it."""
    if x <= 0:
        return 1.0
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        step = a
        while abs(term) > abs(total) * 1e-17:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1 - total * scale)
    b = x + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for i in range(1, 10_000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return h * scale


def chi2_sf(x: float, df: int) -> float:
    """P(chi-squared with `df` degrees of freedom > x)."""
    return gamma_q(df / 2, x / 2)


def pool(reference: np.ndarray, current: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moves categories that are expected fewer than 5 times in the smaller sample into one last cell.

    While that cell is itself too rare, the rarest category that was kept joins it.
    """
    total = reference + current
    share = min(reference.sum(), current.sum()) / max(1, total.sum())
    order = np.argsort(-total, kind="stable")
    expected = total[order] * share
    kept = int((expected >= MIN_EXPECTED).sum())
    while 0 < kept < len(order) and expected[kept:].sum() < MIN_EXPECTED:
        kept -= 1
    head, tail = order[:kept], order[kept:]
    if len(tail) == 0:
        return reference[head], current[head]
    return np.append(reference[head], reference[tail].sum()), np.append(current[head], current[tail].sum())


def homogeneity(reference: np.ndarray, current: np.ndarray) -> Statistic:
    """Two-sample homogeneity chi-squared on counts per category; the effect is the bias-corrected Cramer's V.

    V^2 = max(0, 1/2 sum (p-q)^2/(p+q) - (K-1)/4 (1/n + 1/m)): it does not move with the ratio of the sample sizes.
    """
    n, m = int(reference.sum()), int(current.sum())
    if n == 0 or m == 0:
        raise ValueError(f"expected rows on both sides, got {n} and {m}")
    r, c = pool(reference.astype(float), current.astype(float))
    used = (r + c) > 0
    r, c = r[used], c[used]
    if len(r) < 2:
        return Statistic(0.0, 0.0, 1.0, "one category")
    expected_r, expected_c = (r + c) * n / (n + m), (r + c) * m / (n + m)
    chi2 = float(((r - expected_r) ** 2 / expected_r + (c - expected_c) ** 2 / expected_c).sum())
    p, q = r / n, c / m
    square = 0.5 * float(((p - q) ** 2 / (p + q)).sum()) - (len(r) - 1) / 4 * (1 / n + 1 / m)
    return Statistic(chi2, math.sqrt(max(0.0, square)), chi2_sf(chi2, len(r) - 1), "chi-squared", len(r) - 1)


def category_counts(reference: pd.Series, current: pd.Series) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Counts per category of both sides; missing is a category, all beyond the reference's first 1,000 is one more."""
    r = reference.astype(object).where(reference.notna(), NULL).astype(str).value_counts()
    c = current.astype(object).where(current.notna(), NULL).astype(str).value_counts()
    known = list(r.index[:MAX_CATEGORIES])
    rest_r, rest_c = r.drop(known).sum(), c.drop([name for name in c.index if name in set(known)])
    counts_r = np.append(r.reindex(known).to_numpy(dtype=float), float(rest_r))
    counts_c = np.append(c.reindex(known).fillna(0).to_numpy(dtype=float), float(rest_c.sum()))
    return counts_r, counts_c, [*known, OTHER]


def null_rate(reference: pd.Series, current: pd.Series) -> tuple[float, float, float]:
    """Missing shares of both sides compared: (p of the two-proportion chi-squared, |2 asin sqrt p1 - 2 asin sqrt p2|, current share)."""
    n, m = len(reference), len(current)
    r, c = int(reference.isna().sum()), int(current.isna().sum())
    test = homogeneity(np.array([n - r, r]), np.array([m - c, c]))
    arc = abs(2 * math.asin(math.sqrt(r / n)) - 2 * math.asin(math.sqrt(c / m)))
    return test.p, arc, c / m


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    """Population stability index over ten reference-quantile bins, left-closed. Reported beside drift, never a trigger."""
    edges = np.quantile(reference, [i * (1 / BINS) for i in range(1, BINS)])
    def shares(values: np.ndarray) -> np.ndarray:
        cells = np.searchsorted(edges, values, side="right")
        return np.bincount(cells, minlength=BINS) / len(values)
    p, q = shares(reference), shares(current)
    p, q = np.where(p == 0, EMPTY_SHARE, p), np.where(q == 0, EMPTY_SHARE, q)
    return float(((p - q) * np.log(p / q)).sum())


def false_discovery(p_values: list[float]) -> list[float]:
    """Benjamini-Hochberg adjusted p-values, in the order given."""
    if not p_values:
        return []
    order = np.argsort(p_values)
    ranked = np.asarray(p_values)[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    adjusted = np.minimum.accumulate(ranked[::-1])[::-1].clip(max=1.0)
    result = np.empty(len(p_values))
    result[order] = adjusted
    return [float(value) for value in result]


def _bisect(function, low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def noncentral_sf(x: float, df: int, noncentrality: float) -> float:
    """P(noncentral chi-squared > x): a Poisson mixture of central ones, each from the one before it."""
    half, a = noncentrality / 2, df / 2
    if half == 0:
        return chi2_sf(x, df)
    tail, total = chi2_sf(x, df), 0.0
    for k in range(int(half + 12 * math.sqrt(half + 1) + 20)):
        total += math.exp(k * math.log(half) - half - math.lgamma(k + 1)) * tail
        tail += math.exp((a + k) * math.log(x / 2) - x / 2 - math.lgamma(a + k + 1))
    return total


@cache
def _noncentrality(df: int, alpha: float) -> float:
    """The noncentrality that a chi-squared test at level alpha detects with power .9."""
    limit = _bisect(lambda x: alpha - chi2_sf(x, df), 0.0, 50.0 + 10 * df)
    return _bisect(lambda value: noncentral_sf(limit, df, value) - 0.9, 0.0, 200.0 + 10 * df)


def visible_d(n: int, m: int, alpha: float) -> float:
    """Smallest KS distance that is found with power .9 at level alpha; capped at 1."""
    return min(1.0, (math.sqrt(-0.5 * math.log(alpha / 2)) + 0.64) / math.sqrt(n * m / (n + m)))


def visible_v(n: int, m: int, df: int, alpha: float) -> float:
    """Smallest Cramer's V that is found with power .9 at level alpha; capped at 1."""
    return min(1.0, 0.5 * math.sqrt(_noncentrality(max(1, df), alpha) * (1 / n + 1 / m)))
