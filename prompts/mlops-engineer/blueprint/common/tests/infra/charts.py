"""Renders the plain subset of Helm templates that our charts use, so that they can be parsed without helm."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")


def merge(base: dict, over: dict) -> dict:
    return {**base, **{key: merge(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value for key, value in over.items()}}


def look_up(values: dict, path: str, chart: str) -> object:
    """`.Values.a.b` or one of the release's names; KeyError names a path that values.yaml lacks."""
    known = {".Release.Namespace": chart, ".Release.Name": chart, ".Chart.Name": chart}
    if path in known:
        return known[path]
    if not path.startswith(".Values."):
        raise KeyError(f"{path}: only .Values and .Release are rendered here")
    found: object = values
    for part in path.removeprefix(".Values.").split("."):
        if not isinstance(found, dict) or part not in found:
            raise KeyError(path)
        found = found[part]
    return found


def holds(condition: str, values: dict, chart: str) -> bool:
    """`.Values.x`, `not .Values.x` or `eq .Values.x "text"`."""
    words = condition.split()
    if words[0] == "not":
        return not look_up(values, words[1], chart)
    if words[0] == "eq":
        return look_up(values, words[1], chart) == json.loads(words[2])
    return bool(look_up(values, condition, chart))


def render(text: str, values: dict, chart: str) -> str:
    """The text of one template with these values. ValueError when its blocks are not balanced."""
    lines, stack = [], []
    for line in text.splitlines():
        action = ACTION.fullmatch(line.strip())
        words = action.group(1) if action else ""
        if words.startswith("if "):
            stack.append(holds(words[3:], values, chart))
        elif words == "end":
            if not stack:
                raise ValueError("end without if")
            stack.pop()
        elif all(stack):
            lines.append(ACTION.sub(lambda match: plain(look_up(values, match.group(1), chart)), line))
    if stack:
        raise ValueError("if without end")
    return "\n".join(lines)


def plain(value: object) -> str:
    return json.dumps(value) if isinstance(value, (bool, int, float, dict, list)) else str(value)


def values_of(chart: Path, environment: str | None) -> dict:
    base = yaml.safe_load((chart / "values.yaml").read_text("utf-8"))
    over = chart / f"values-{environment}.yaml"
    return merge(base, yaml.safe_load(over.read_text("utf-8")) or {}) if environment and over.exists() else base


def manifests(chart: Path, environment: str | None = None, **changed: object) -> list[dict]:
    values = merge(values_of(chart, environment), changed)
    texts = [render(file.read_text("utf-8"), values, chart.name) for file in sorted((chart / "templates").glob("*.yaml"))]
    return [doc for text in texts for doc in yaml.safe_load_all(text) if doc]


def schema_faults(value: object, schema: dict, at: str = "values") -> list[str]:
    """What breaks a JSON schema, for the words that our charts' schemas use."""
    found = []
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    kind = schema.get("type")
    if kind and (not isinstance(value, kinds[kind]) or (kind in ("integer", "number") and isinstance(value, bool))):
        return [f"{at}: expected {kind}, got {value!r}"]
    if "enum" in schema and value not in schema["enum"] or "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not allowed")
    if "pattern" in schema and not re.search(schema["pattern"], str(value)):
        found.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{at}: {value!r} is below {schema['minimum']}")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{at}: {key} is missing" for key in schema.get("required", []) if key not in value]
        found += [f"{at}: {key} is unknown" for key in value if key not in known and schema.get("additionalProperties") is False]
        for key, item in value.items():
            found += schema_faults(item, known.get(key, {}), f"{at}.{key}")
    return found
