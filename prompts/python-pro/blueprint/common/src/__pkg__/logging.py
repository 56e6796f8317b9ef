"""Log lines as JSON on stderr: time, level, stage, run, data version, message, duration. Personal columns never show."""

from __future__ import annotations

import json
import logging  # the standard library: imports inside a package are absolute
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any, Protocol

REDACTED = "[redacted]"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()-]{7,}\d(?![\w.])")
_context: ContextVar[dict[str, str]] = ContextVar("log_context", default={})


class Settings(Protocol):
    """conf `logging`: the least level that is written, and the fields whose values are replaced."""

    level: str
    redact: list[str]


def bind(**values: str) -> None:
    """Put values (run, data_version) on every later line of this context."""
    _context.set({**_context.get(), **values})


def _clean(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: REDACTED if str(key) in hidden else _clean(item, hidden) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item, hidden) for item in value]
    if isinstance(value, str):
        return PHONE.sub(REDACTED, EMAIL.sub(REDACTED, value))
    return value if isinstance(value, (int, float, bool, type(None))) else _clean(str(value), hidden)


class JsonLines(logging.Formatter):
    """One JSON object per record. Hashes and ids of the context are ours and go out as they are; all else is cleaned."""

    def __init__(self, stage: str, redact: Iterable[str]) -> None:
        super().__init__()
        self.stage, self.hidden = stage, frozenset(redact)

    def format(self, record: logging.LogRecord) -> str:
        context = _context.get()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname, "stage": getattr(record, "stage", self.stage),
            "run": context.get("run"), "data_version": context.get("data_version"),
            "message": _clean(record.getMessage(), self.hidden),
        }
        if hasattr(record, "seconds"):
            line["seconds"] = record.seconds
        if hasattr(record, "fields"):
            line["fields"] = _clean(record.fields, self.hidden)
        if record.exc_info:
            line["error"] = _clean(self.formatException(record.exc_info), self.hidden)
        return json.dumps(line)


def configure(stage: str, settings: Settings, stream: Any = None) -> logging.Logger:
    """The logger of one stage. Called again, it replaces its handler, so that no line appears twice."""
    log = logging.getLogger(f"{__package__}.{stage}")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(stage, settings.redact))
    log.handlers, log.propagate = [handler], False
    log.setLevel(settings.level)
    return log


@contextmanager
def timed(log: logging.Logger, stage: str, **fields: Any) -> Iterator[None]:
    """Log how many seconds the block took, also when it fails."""
    started, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        seconds = round(time.perf_counter() - started, 3)
        log.info("%s %s", stage, outcome, extra={"stage": stage, "seconds": seconds, "fields": fields})
