"""The batch job: twice gives the same, a kill doubles nothing, rows in equal rows out."""

from __future__ import annotations

import importlib.util
import sys
import uuid
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("batch_prediction", ROOT / "orchestration/kubeflow/prediction.py")
job = importlib.util.module_from_spec(SPEC)
sys.modules["batch_prediction"] = job
SPEC.loader.exec_module(job)

ROWS = [{"x": float(number)} for number in range(25)]


class StandIn:
    version = "7"

    def __init__(self, dies_at: int | None = None, loses: int = 0) -> None:
        self.calls, self.dies_at, self.loses = 0, dies_at, loses

    def predict(self, rows: list[dict]) -> list[dict]:
        self.calls += 1
        if self.calls == self.dies_at:
            raise KeyboardInterrupt
        return [{"prediction_id": str(uuid.uuid4()), "score": row["x"] / 100, "label": 0, "model_version": self.version} for row in rows[self.loses :]]


class Log:
    """The prediction log as predict.py writes it; it may die after the file is there."""

    def __init__(self, folder: Path, dies_after: int | None = None) -> None:
        self.folder, self.files, self.dies_after = folder / "predictions", 0, dies_after

    def __call__(self, rows: list[dict], replies: list[dict]) -> None:
        day = self.folder / "date=2026-01-31"
        day.mkdir(parents=True, exist_ok=True)
        self.files += 1
        pd.DataFrame(replies).to_parquet(day / f"part-{uuid.uuid4().hex}.parquet", index=False)
        if self.files == self.dies_after:
            raise KeyboardInterrupt

    def ids(self) -> list[str]:
        return [item for file in sorted(self.folder.glob("date=*/*.parquet")) for item in pd.read_parquet(file)["prediction_id"]]


def go(folder: Path, model: StandIn, log: Log, rows: list[dict] = ROWS) -> dict:
    return job.run_batch(rows, "abc", model, log, folder / "batch", "2026-01-31", log.folder, size=10)


def written(folder: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(file) for file in sorted((folder / "batch").glob("run=*/part-*.parquet"))], ignore_index=True)


def test_rows_in_are_rows_out_in_their_order(tmp_path):
    assert go(tmp_path, StandIn(), Log(tmp_path))["rows"] == 25
    assert written(tmp_path)["score"].tolist() == [row["x"] / 100 for row in ROWS]


def test_a_second_run_predicts_nothing_and_changes_no_byte(tmp_path):
    log = Log(tmp_path)
    go(tmp_path, StandIn(), log)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.parquet")}
    again = StandIn()
    assert go(tmp_path, again, log)["done_now"] == 0
    assert again.calls == 0
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.parquet")} == before


@pytest.mark.parametrize("model, log_dies", [(StandIn(dies_at=2), None), (StandIn(), 1), (StandIn(), 2), (StandIn(), 3)])
def test_killed_and_resumed_it_doubles_and_loses_nothing(tmp_path, model, log_dies):
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path, model, Log(tmp_path, log_dies))
    log = Log(tmp_path)
    assert go(tmp_path, StandIn(), log)["rows"] == 25
    assert sorted(log.ids()) == sorted(written(tmp_path)["prediction_id"])
    assert len(set(log.ids())) == 25
    assert not list(tmp_path.rglob("*.started"))


def test_a_predictor_that_loses_a_row_stops_the_job(tmp_path):
    with pytest.raises(RuntimeError, match="10 rows in, 9 out"):
        go(tmp_path, StandIn(loses=1), Log(tmp_path))


def test_another_input_under_the_same_run_is_refused(tmp_path):
    go(tmp_path, StandIn(), Log(tmp_path))
    with pytest.raises(RuntimeError, match="another run"):
        go(tmp_path, StandIn(), Log(tmp_path), ROWS[:15])
