from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "scripts" / "verify.py"
module = importlib.util.module_from_spec(importlib.util.spec_from_file_location("verify", SOURCE))
module.__spec__.loader.exec_module(module)


def locked(root: Path) -> Path:
    (root / "a.txt").write_text("a")
    (root / "b.txt").write_text("b")
    files = [{"path": name, "sha256": hashlib.sha256((root / name).read_bytes()).hexdigest()} for name in ("a.txt", "b.txt")]
    (root / "pipeline.lock.json").write_text(json.dumps({"files": files}))
    return root


def test_untouched_files_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert module.main([str(locked(tmp_path))]) == 0
    assert capsys.readouterr().out == "2 of 2 files as locked\n"


def test_each_difference_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = locked(tmp_path)
    (root / "a.txt").write_text("changed")
    (root / "b.txt").unlink()
    assert module.main([str(root)]) == 1
    assert capsys.readouterr().out.splitlines()[:2] == ["changed: a.txt", "missing: b.txt"]


def test_a_path_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    assert module.differences(tmp_path, [{"path": "../x", "sha256": ""}]) == ["outside: ../x"]


@pytest.mark.parametrize("text", [None, "{", "{}", '{"files": 3}'])
def test_without_a_usable_lock_nothing_is_verified(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "pipeline.lock.json").write_text(text)
    assert module.main([str(tmp_path)]) == 2
