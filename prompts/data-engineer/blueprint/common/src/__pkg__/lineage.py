"""Lineage: what was made from what, as events in data/lineage.jsonl. Later steps append theirs with `record`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path

EVENTS = Path("data") / "lineage.jsonl"


def read_events(root: Path) -> list[dict]:
    """All events, oldest first; an empty list before the first load."""
    path = Path(root) / EVENTS
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def record(
    root: Path,
    job: str,
    inputs: Iterable[str],
    outputs: Iterable[str],
    columns: Mapping[str, list[str]] | None = None,
) -> dict:
    """Append one event. Nodes are `kind:name`, e.g. `snapshot:<sha256>`. `columns` maps output to input columns.

    An event that stands there already is not written again, so a replay leaves the file as it is.
    """
    body = {"job": job, "inputs": list(inputs), "outputs": list(outputs), "columns": dict(columns or {})}
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    known = {event["id"] for event in read_events(root)}
    event = {"id": digest, "time": datetime.now(timezone.utc).isoformat(timespec="seconds"), **body}
    if digest not in known:
        path = Path(root) / EVENTS
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")
    return event


def sources_of(events: list[dict], node: str) -> set[str]:
    """The nodes that `node` walks back to and that nothing in the log made."""
    makers: dict[str, set[str]] = {}
    for event in events:
        for output in event["outputs"]:
            makers.setdefault(output, set()).update(event["inputs"])
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if current in makers:
            waiting.extend(makers[current])
        else:
            found.add(current)
    return found


def broken(events: list[dict]) -> list[str]:
    """Outputs that do not walk back to a source: one deleted event makes its descendants appear here."""
    outputs = {output for event in events for output in event["outputs"]}
    return sorted(
        output
        for output in outputs
        if not all(origin.startswith("source:") for origin in sources_of(events, output))
    )


def mermaid(events: list[dict]) -> str:
    """The graph of the events as a Mermaid diagram; hashes are shortened."""
    names: dict[str, str] = {}

    def node(text: str) -> str:
        key = names.setdefault(text, f"n{len(names)}")
        kind, _, rest = text.partition(":")
        label = rest if len(rest) < 40 else rest[:12]
        clean = "".join(char if char.isalnum() or char in " ._/-" else " " for char in label)
        return f'{key}["{kind}: {clean}"]'

    lines = [
        f"  {node(source)} -->|{event['job']}| {node(output)}"
        for event in events
        for source in event["inputs"]
        for output in event["outputs"]
    ]
    return "\n".join(["flowchart LR", *dict.fromkeys(lines)])
