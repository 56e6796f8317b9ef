"""Training runs and their evidence: one interface, a journal of JSON lines that is always written, and an adapter on top."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

Fields = Mapping[str, Any]


class Tracker(Protocol):
    """Receives one finished training run. May be called again for the same run; must then change nothing."""

    def push(self, run: Fields, folder: Path) -> None:
        """`run` is the journal's record, `folder` holds its artifacts. Any exception means: not pushed, try later."""


class Journal:
    """The truth: <folder>/<run>/{run.json, artifacts/}. A tracker that is down only leaves a run unpushed."""

    def __init__(self, folder: Path, keep: int, max_artifact_mb: float) -> None:
        self.folder, self.keep, self.limit = Path(folder), keep, int(max_artifact_mb * 2**20)

    def write(self, run: Fields, artifacts: Sequence[Path]) -> dict[str, Any]:
        """Store a run whole or not at all. Artifacts above the size limit are named with their size instead of copied."""
        target, part = self.folder / run["run_id"], self.folder / f".{run['run_id']}.part"
        shutil.rmtree(part, ignore_errors=True)
        (part / "artifacts").mkdir(parents=True)
        too_large = {}
        for path in artifacts:
            if path.stat().st_size > self.limit:
                too_large[path.name] = path.stat().st_size
            else:
                shutil.copy2(path, part / "artifacts" / path.name)
        record = {**run, "artifacts_left_out": too_large}
        (part / "run.json").write_text(json.dumps(record, indent=1, sort_keys=True), "utf-8")
        part.rename(target)
        return record

    def runs(self) -> list[dict[str, Any]]:
        """Every stored run, oldest first."""
        found = [json.loads(path.read_text("utf-8")) for path in self.folder.glob("[!.]*/run.json")]
        return sorted(found, key=lambda run: (run["started"], run["run_id"]))

    def pending(self) -> list[dict[str, Any]]:
        return [run for run in self.runs() if not (self.folder / run["run_id"] / "pushed").exists()]

    def sync(self, tracker: Tracker) -> tuple[int, list[str]]:
        """(runs pushed, what failed). Pushes everything that the tracker has not seen yet."""
        pushed, failed = 0, []
        for run in self.pending():
            try:
                tracker.push(run, self.folder / run["run_id"] / "artifacts")
            except Exception as error:  # whatever the client raises, the run stays pending
                failed.append(f"{run['run_id']}: {type(error).__name__}: {error}")
            else:
                (self.folder / run["run_id"] / "pushed").write_text("", "utf-8")
                pushed += 1
        return pushed, failed

    def prune(self, referenced: set[str]) -> list[str]:
        """Delete the oldest runs beyond `keep`, never one that a registered version came from or that is still pending."""
        waiting = {run["run_id"] for run in self.pending()}
        old = [run["run_id"] for run in self.runs()][: -self.keep or None]
        gone = [run for run in old if run not in referenced | waiting]
        for run in gone:
            shutil.rmtree(self.folder / run)
        return gone


def open_adapter(root: Path, name: str | None, uri: str, experiment: str) -> Tracker | None:
    """tracking/<name>.py, or None where none is chosen or its packages are not in this environment."""
    if name is None or not (root / "tracking" / f"{name}.py").is_file():
        return None
    if str(root) not in sys.path:
        sys.path.append(str(root))
    try:
        return importlib.import_module(f"tracking.{name}").create_tracker(uri, experiment)
    except ImportError:
        return None
