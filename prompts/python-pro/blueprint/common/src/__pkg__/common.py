"""Helpers that several modules share: named errors with exit codes, whole-or-absent writes, hashing, retry, a disk cache."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import joblib

T = TypeVar("T")


class PipelineError(ValueError):
    """Something expected went wrong; the message says what, where, and what to do next. `exit` is the process's code."""

    exit = 1


class ConfigError(PipelineError):
    """The configuration cannot be used; the message names every bad key."""

    exit = 2


class DataError(PipelineError):
    """The data cannot be trained on; the message says which part and what to do."""

    exit = 3


class RowError(PipelineError):
    """A row that cannot be read; `row` counts from 0, `columns` are the offending raw or field names."""

    exit = 3

    def __init__(self, row: int, columns: Sequence[str], why: str) -> None:
        super().__init__(f"row {row}: {', '.join(columns)}: {why}")
        self.row, self.columns = row, tuple(columns)


class ModelMissing(PipelineError):
    """No usable model behind the alias."""

    exit = 4


class RegistryError(PipelineError):
    """The registry refuses; the message says what is missing."""

    exit = 4


class StorageFull(PipelineError):
    """Nothing more can be written; what was there before is untouched."""

    exit = 5


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that replaces `path` when the block ends, and leaves no trace when it fails. StorageFull on a full disk."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"{path}: no space left. Next: free some; the file before is untouched") from error
        raise
    finally:
        Path(name).unlink(missing_ok=True)


def write_json(path: Path, data: Any) -> None:
    """`data` as sorted, indented JSON, whole or not at all. Sorted, so that equal data gives equal bytes."""
    text = json.dumps(data, indent=1, sort_keys=True) + "\n"
    with atomic_write(path) as file:
        file.write(text.encode())


def params_hash(params: Any) -> str:
    """sha256 of JSON-like data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode()).hexdigest()


def code_hash(paths: Iterable[Path]) -> str:
    """sha256 over the names and bytes of source files."""
    digest = hashlib.sha256()
    for path in sorted(map(Path, paths)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def retry(call: Callable[[], T], attempts: int = 3, wait: float = 0.5, passing: tuple[type[Exception], ...] = (ConnectionError, TimeoutError),
          sleep: Callable[[float], None] = time.sleep) -> T:
    """The answer of `call`, tried again after faults that pass by themselves. Every other fault, and the last one, is raised."""
    for attempt in range(1, attempts + 1):
        try:
            return call()
        except passing:
            if attempt == attempts:
                raise
            # Doubled each time and spread, so that many clients do not come back at the same moment.
            sleep(wait * 2 ** (attempt - 1) * (1 + random.random()))
    raise AssertionError("attempts must be at least 1")


class Cache:
    """Derived data on disk, keyed by what it was derived from. The least recently used goes first when it grows too large."""

    def __init__(self, folder: Path, max_mb: float, enabled: bool = True) -> None:
        self.folder, self.limit, self.enabled = Path(folder), int(max_mb * 2**20), enabled
        self.hits = self.misses = 0

    @staticmethod
    def key(data_hash: str, code: str, params: Mapping[str, Any]) -> str:
        """One changed byte of data, code or parameters is another key."""
        return params_hash([data_hash, code, params])

    def get_or_make(self, key: str, make: Callable[[], T]) -> T:
        """The kept value, or a new one. A file that cannot be read counts as absent; without space nothing is kept."""
        if not self.enabled:
            return make()
        path = self.folder / f"{key}.joblib"
        if path.exists():
            try:
                value: T = joblib.load(path)
            except Exception:  # a damaged pickle raises almost anything; it is made anew
                path.unlink(missing_ok=True)
            else:
                os.utime(path)
                self.hits += 1
                return value
        self.misses += 1
        made = make()
        try:
            with atomic_write(path) as file:
                joblib.dump(made, file)
        except StorageFull:
            return made
        self._shrink()
        return made

    def _shrink(self) -> None:
        files = sorted(self.folder.glob("*.joblib"), key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in files)
        for path in files:
            if total <= self.limit:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def exit_code(work: Callable[[], Any]) -> int:
    """Run a command: 0, or the code of its named error, which is said on one line of stderr. Bugs keep their traceback."""
    from .ingest import SourceError

    try:
        work()
    except PipelineError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit
    except SourceError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0
