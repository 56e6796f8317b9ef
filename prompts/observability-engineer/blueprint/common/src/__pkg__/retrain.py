"""Says whether it is time to ask for a new training run. It never starts one: that takes an approval.

python -m <package>.retrain    exit code: 0 wait, 3 ask, 2 not enough data
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from . import ingest, monitor, outcomes

WAIT, NOT_ENOUGH_DATA, ASK = 0, 2, 3


@dataclass(frozen=True)
class Signals:
    """What the decision rests on. Labels count as new since the last request; `last_asked` is None before the first."""

    open_drift: tuple[str, ...]
    lasting_windows: int
    harm: bool
    new_labels: int
    last_asked: datetime | None


@dataclass(frozen=True)
class RetrainPolicy:
    mode: str  # ask | start | off
    lasting_windows: int
    min_new_labels: int
    cooldown_days: float


def decide(signals: Signals, policy: RetrainPolicy, now: datetime) -> tuple[str, str]:
    """(ask | wait | not_enough_data, why). Harm or lasting drift asks, once per cooldown, when enough new labels exist."""
    if policy.mode == "off":
        return "wait", "retrain.mode is off"
    lasting = bool(signals.open_drift) and signals.lasting_windows >= policy.lasting_windows
    if not signals.harm and not lasting:
        return "wait", f"no harm, and drift in {signals.lasting_windows} windows in a row (asks at {policy.lasting_windows})"
    if signals.last_asked is not None and now - signals.last_asked < timedelta(days=policy.cooldown_days):
        return "wait", f"already asked at {signals.last_asked.isoformat()}; next after {policy.cooldown_days:g} days"
    if signals.new_labels < policy.min_new_labels:
        return "not_enough_data", f"{signals.new_labels:,} new labels of {policy.min_new_labels:,} needed"
    cause = "the realised metric fell below its band" if signals.harm else f"lasting drift in {', '.join(signals.open_drift)}"
    return "ask", f"{cause}; {signals.new_labels:,} new labels are there"


def read_signals(root: Path, watch: dict[str, Any]) -> Signals:
    """Signals from the last watch, the labels that came in, and the requests made so far."""
    performance = monitor.load_monitor(root, "performance")
    labels = outcomes.read_labels(root / performance["labels"]["path"])
    requests = root / "artifacts/retrain-requests.jsonl"
    lines = requests.read_text().splitlines() if requests.exists() else []
    asked = json.loads(lines[-1]) if lines else {"at": None, "labels": 0}
    return Signals(
        tuple(watch.get("open", [])), watch.get("lasting_windows", 0),
        watch.get("outcome", {}).get("level") == "harm", max(0, len(labels) - asked["labels"]),
        datetime.fromisoformat(asked["at"]) if asked["at"] else None,
    )


def main() -> int:
    root = ingest.repo_root()
    path = root / "artifacts/watch.json"
    if not path.exists():
        print("NOT ENOUGH DATA: artifacts/watch.json is missing; run make monitor")
        return NOT_ENOUGH_DATA
    policy = RetrainPolicy(**monitor.load_monitor(root, "drift")["retrain"])
    now = datetime.now(timezone.utc)
    signals = read_signals(root, json.loads(path.read_text()))
    answer, why = decide(signals, policy, now)
    print(f"{answer}: {why}")
    if answer == "ask":
        labels = len(outcomes.read_labels(root / monitor.load_monitor(root, "performance")["labels"]["path"]))
        with (root / "artifacts/retrain-requests.jsonl").open("a") as requests:
            requests.write(json.dumps({"at": now.isoformat(), "why": why, "labels": labels}) + "\n")
        return ASK
    return WAIT if answer == "wait" else NOT_ENOUGH_DATA


if __name__ == "__main__":
    raise SystemExit(main())
