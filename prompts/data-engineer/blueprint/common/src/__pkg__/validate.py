"""Quality rules of conf/data.yaml, run on one batch. Hard rules reject rows or stop the batch, the others warn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd


def as_text(value: object) -> str:
    """How a value reads as a label: true, false, 3 (not 3.0), or its text. The facts write labels the same way."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def labels(values: pd.Series) -> pd.Series:
    """The text of every value, None where it is missing. Each distinct value is read once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    texts = np.array([*(as_text(value) for value in distinct), None], dtype=object)
    return pd.Series(texts[codes], index=values.index, dtype=object)


@dataclass(frozen=True)
class Finding:
    """One rule that a batch broke. `count` rows of `share`; counts only, never a value."""

    rule: str
    column: str
    severity: str
    count: int
    share: float
    bound: float | None
    message: str


@dataclass(frozen=True)
class Report:
    """`rejected` marks the rows that break a hard row rule, by position of the batch. `ok` is false on any hard finding."""

    rows: int
    findings: tuple[Finding, ...]
    rejected: pd.Series
    masks: dict[str, pd.Series]

    @property
    def ok(self) -> bool:
        return not any(finding.severity == "hard" for finding in self.findings)

    def text(self) -> str:
        lines = [f"{f.severity}: {f.rule} on {f.column}: {f.message}" for f in self.findings]
        verdict = "quality: passed" if self.ok else "quality: FAILED"
        return "\n".join([*lines, f"{verdict}, {self.rows:,} rows, {len(self.findings)} findings"])


Mask = Callable[[pd.DataFrame, dict, datetime], pd.Series]


def _range(df: pd.DataFrame, rule: dict, now: datetime) -> pd.Series:
    values = pd.to_numeric(df[rule["field"]], errors="coerce").astype("Float64").astype("float64")
    return values.notna() & ((values < rule["low"]) | (values > rule["high"]))


def _instant(df: pd.DataFrame, rule: dict, now: datetime) -> pd.Series:
    late = pd.Timestamp(now.astimezone(timezone.utc).replace(tzinfo=None)) + timedelta(days=1)
    values = df[rule["field"]]
    return values.notna() & ((values < pd.Timestamp(rule["low"])) | (values > late))


def _allowed(df: pd.DataFrame, rule: dict, now: datetime) -> pd.Series:
    values = df[rule["field"]]
    return values.notna() & ~labels(values).isin(rule["values"])


def _not_null(df: pd.DataFrame, rule: dict, now: datetime) -> pd.Series:
    return df[rule["field"]].isna()


def _unique(df: pd.DataFrame, rule: dict, now: datetime) -> pd.Series:
    # An exact copy of a row is merged later; two different rows under one key are the fault.
    return df.duplicated(rule["fields"], keep=False) & ~df.duplicated(keep=False)


def _copies(df: pd.DataFrame, rule: dict, now: datetime) -> pd.Series:
    return df.duplicated(keep="first")


# A rule of these kinds marks rows. Its bound is the share of marked rows that a batch may have (0 for hard rules).
ROW_RULES: dict[str, Mask] = {
    "not_null": _not_null,
    "null_share": _not_null,
    "range": _range,
    "instant": _instant,
    "allowed": _allowed,
    "unique": _unique,
    "exact_copies": _copies,
}


def _type_findings(unparsed: pd.DataFrame | None, conf: dict) -> list[tuple[str, pd.Series]]:
    if unparsed is None:
        return []
    return [(field, unparsed[field]) for field in unparsed.columns if unparsed[field].any()]


def _volume(df: pd.DataFrame, rule: dict) -> Finding | None:
    if len(df) >= rule["min_rows"]:
        return None
    share = len(df) / rule["min_rows"]
    return Finding("volume", "*", rule["severity"], len(df), share, rule["min_rows"],
                   f"{len(df):,} rows, at least {rule['min_rows']:,} expected")


def _jump(df: pd.DataFrame, rule: dict) -> Finding | None:
    values = pd.to_numeric(df[rule["field"]], errors="coerce").astype("Float64").astype("float64").dropna()
    if len(values) < rule["min_rows"] or rule["std"] <= 0:
        return None
    moved = abs(float(values.mean()) - rule["mean"]) / rule["std"]
    if moved <= rule["bound"]:
        return None
    return Finding("jump", rule["field"], rule["severity"], len(values), moved, rule["bound"],
                   f"the mean moved by {moved:.2f} standard deviations, at most {rule['bound']} expected")


def _period_volume(df: pd.DataFrame, rule: dict) -> list[Finding]:
    times = df[rule["field"]].dropna()
    if times.empty:
        return []
    counts = times.dt.to_period(rule["frequency"]).value_counts().sort_index()
    inner = counts.iloc[1:-1]  # the first and the last period of a batch are usually incomplete
    odd = inner[(inner < rule["low"]) | (inner > rule["high"])]
    return [
        Finding("period_volume", rule["field"], rule["severity"], int(count), float(count / max(rule["high"], 1)),
                rule["high"], f"{count:,} rows in {period}, expected {rule['low']:,} to {rule['high']:,}")
        for period, count in odd.items()
    ]


def _row_finding(rule: dict, mask: pd.Series, rows: int) -> Finding | None:
    count = int(mask.sum())
    share = count / rows if rows else 0.0
    bound = rule.get("bound", 0.0)
    if count == 0 or share <= bound or rows < rule.get("min_rows", 0):
        return None
    column = rule.get("field") or ", ".join(rule.get("fields", ["*"]))
    return Finding(rule["rule"], column, rule["severity"], count, share, bound,
                   f"{count:,} of {rows:,} rows ({share:.2%}), at most {bound:.2%} allowed")


def validate(df: pd.DataFrame, conf: dict, unparsed: pd.DataFrame | None = None, extra: tuple[str, ...] = (),
             whole: bool = True, now: datetime | None = None) -> Report:
    """Run the rules on typed rows under field names.

    unparsed: per field, rows whose text could not be read as the column's type. whole: the batch is the complete source,
    so that rules about its volume apply; a sample or a window is not. now: for tests; the clock's time otherwise.
    """
    at = now or datetime.now(timezone.utc)
    findings: list[Finding] = []
    masks: dict[str, pd.Series] = {}
    rejected = pd.Series(False, index=df.index)
    for name in extra:
        # The name of an unknown column is text from outside: only its length is said.
        findings.append(Finding("unknown_column", "*", "warn", 0, 0.0, None, f"a column of {len(name)} characters is not in the contract"))
    for field, mask in _type_findings(unparsed, conf):
        count = int(mask.sum())
        findings.append(Finding("type", field, "hard", count, count / len(df), 0.0, f"{count:,} rows cannot be read as their type"))
        masks[f"type:{field}"] = mask
        rejected |= mask
    for rule in conf["quality"]["rules"]:
        names = [rule["field"]] if rule.get("field") else rule.get("fields", [])
        if any(name not in df.columns for name in names):
            continue  # a personal key stays outside the sample
        if rule["rule"] in ROW_RULES:
            mask = ROW_RULES[rule["rule"]](df, rule, at).astype(bool)
            masks[rule["id"]] = mask
            found = _row_finding(rule, mask, len(df))
            if found:
                findings.append(found)
                if rule["severity"] == "hard":
                    rejected |= mask
        elif rule["rule"] == "volume" and whole:
            findings.extend(filter(None, [_volume(df, rule)]))
        elif rule["rule"] == "jump":
            findings.extend(filter(None, [_jump(df, rule)]))
        elif rule["rule"] == "period_volume" and whole:
            findings.extend(_period_volume(df, rule))
    return Report(len(df), tuple(findings), rejected, masks)


def profile(df: pd.DataFrame) -> dict:
    """Statistics per column, stored for every data version and compared with the one before."""
    columns = {}
    for field in df.columns:
        values = df[field]
        entry: dict = {"nulls": int(values.isna().sum()), "distinct": int(values.nunique())}
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            numbers = values.astype("Float64").astype("float64").dropna()
            if len(numbers):
                entry |= {"min": float(numbers.min()), "max": float(numbers.max()), "mean": float(numbers.mean())}
        elif pd.api.types.is_datetime64_any_dtype(values) and values.notna().any():
            entry |= {"min": values.min().isoformat(), "max": values.max().isoformat()}
        columns[str(field)] = entry
    return {"rows": len(df), "columns": columns}


def compare(before: dict, after: dict) -> list[str]:
    """What changed between two stored profiles, one line per column, counts and shares only."""
    lines = [f"rows {before['rows']:,} -> {after['rows']:,}"]
    for field, now in after["columns"].items():
        then = before["columns"].get(field)
        if then is None:
            lines.append(f"{field}: new column")
            continue
        shares = [entry["nulls"] / max(total, 1) for entry, total in ((then, before["rows"]), (now, after["rows"]))]
        if abs(shares[0] - shares[1]) > 0.01:
            lines.append(f"{field}: missing {shares[0]:.1%} -> {shares[1]:.1%}")
        if "mean" in then and "mean" in now and abs(now["mean"] - then["mean"]) > 0.1 * (abs(then["mean"]) or 1):
            lines.append(f"{field}: mean {then['mean']:.4g} -> {now['mean']:.4g}")
    return lines + [f"{field}: column gone" for field in before["columns"] if field not in after["columns"]]


def main() -> int:
    from . import ingest

    root = ingest.repo_root()
    conf = ingest.load_conf("data", root)
    path, origin = ingest.locate(root, conf, "--sample" in sys.argv)
    try:
        batch = ingest.accept(ingest.join_sources(ingest.read_source(path, conf), conf, root), conf, whole=origin == "source")
    except ingest.SourceError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(batch.report.text())
    return 0 if batch.report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
