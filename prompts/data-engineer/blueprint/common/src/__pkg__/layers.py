"""Where the data lies: raw bytes as received, processed rows, features; with their partitions, days to keep and price."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import yaml

from .validate import Report, compare, profile

SHORT = 12  # characters of the snapshot's sha256 in a folder name


@dataclass(frozen=True)
class Layers:
    """The layers of one store: data/layers for the source, data/demo for the sample."""

    root: Path
    day: date
    conf: dict

    def folder(self, layer: str, digest: str) -> Path:
        """The folder of one snapshot in a layer; a snapshot that is there already keeps its first date."""
        known = sorted((self.root / layer).glob(f"date=*/{digest[:SHORT]}"))
        return known[0] if known else self.root / layer / f"date={self.day.isoformat()}" / digest[:SHORT]


def open_layers(root: Path, conf: dict, demo: bool = False, day: date | None = None) -> Layers:
    place = conf["layers"]["demo_root" if demo else "root"]
    return Layers(Path(root) / place, day or datetime.now(timezone.utc).date(), conf)


def keep_raw(store: Layers, path: Path, digest: str) -> Path:
    """The bytes as received, never changed afterwards."""
    target = store.folder("raw", digest) / path.name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o444)
    return target


def quarantine(store: Layers, rejected: pd.DataFrame, report: Report, digest: str) -> Path | None:
    """The rows that broke a hard rule, with the rules each one broke. Personal columns are not among them."""
    folder = store.folder("quarantine", digest)
    if rejected.empty:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    hard = {finding.rule for finding in report.findings if finding.severity == "hard"}
    why = [
        ", ".join(name for name, mask in report.masks.items() if mask.loc[row] and name.split(":")[0] in hard)
        for row in rejected.index
    ]
    target = folder / "rows.parquet"
    rejected.assign(broken_rules=why, source_row=rejected.index).to_parquet(target, index=False)
    return target


def partition_values(df: pd.DataFrame, partition: dict) -> pd.Series | None:
    """The partition of each row, or None where everything belongs into one file."""
    field = partition["field"]
    if field is None or field not in df.columns or partition["by"] == "none":
        return None
    form = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}[partition["by"]]
    return df[field].dt.strftime(form).fillna("unknown")


def write_processed(store: Layers, df: pd.DataFrame, conf: dict, digest: str) -> list[Path]:
    """Write one snapshot of the processed layer, one file per partition, and return the files."""
    folder = store.folder("processed", digest)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    partition = conf["layers"]["partition"]
    values = partition_values(df, partition)
    if values is None:
        target = folder / "part-0.parquet"
        df.to_parquet(target, index=False, compression=conf["layers"]["compression"])
        return [target]
    files = []
    for value, rows in df.groupby(values, sort=True):
        target = folder / f"{partition['by']}={value}" / "part-0.parquet"
        target.parent.mkdir()
        rows.to_parquet(target, index=False, compression=conf["layers"]["compression"])
        files.append(target)
    return files


def _latest(store: Layers) -> Path | None:
    digest = read_state(store).get("snapshot")
    folder = store.folder("processed", digest) if digest else None
    return folder if folder and folder.exists() else None


def read_processed(store: Layers, partitions: list[str] | None = None) -> pd.DataFrame:
    """The newest snapshot of the processed layer; with `partitions` only the files of these are opened."""
    folder = _latest(store)
    if folder is None:
        return pd.DataFrame()
    files = sorted(folder.rglob("*.parquet"))
    if partitions is not None:
        files = [file for file in files if file.parent.name.partition("=")[2] in partitions]
    frames = [pd.read_parquet(file) for file in files]
    if not frames:
        return pd.DataFrame()
    df = pd.concat(frames, ignore_index=True)
    for name in df.columns[[pd.api.types.is_string_dtype(kind) for kind in df.dtypes]]:
        df[name] = df[name].astype(object).where(df[name].notna(), None)
    return df


def read_state(store: Layers) -> dict:
    path = store.root / "state.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def write_state(store: Layers, df: pd.DataFrame, conf: dict, digest: str) -> None:
    """Watermark and newest snapshot. Written last, so that a load that stops halfway is simply done again."""
    field = conf["incremental"]["field"]
    newest = df[field].max() if field is not None and len(df) else None
    mark = None if newest is None or pd.isna(newest) else newest.isoformat()
    part = store.root / "state.json.part"
    part.write_text(json.dumps({"watermark": mark, "snapshot": digest, "rows": len(df)}), "utf-8")
    part.replace(store.root / "state.json")


def write_profile(store: Layers, df: pd.DataFrame, digest: str) -> list[str]:
    """Store the statistics of this data version and say what changed since the one before."""
    folder = store.root / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    latest = folder / "latest.json"
    before = json.loads(latest.read_text("utf-8")) if latest.exists() else None
    now = profile(df)
    for target in (folder / f"{digest[:SHORT]}.json", latest):
        target.write_text(json.dumps(now, indent=1), "utf-8")
    changes = compare(before, now) if before and before != now else []
    for line in changes:
        print(f"since the version before: {line}")
    return changes


def _behind_live_models(root: Path) -> set[str]:
    """Snapshots that a model with an alias was trained on."""
    registry = root / "models" / "registry.json"
    if not registry.exists():
        return set()
    data = json.loads(registry.read_text("utf-8"))
    metas = [root / "models" / str(version) / "meta.json" for version in data.get("aliases", {}).values()]
    return {str(json.loads(meta.read_text("utf-8")).get("data_hash"))[:SHORT] for meta in metas if meta.exists()}


def _dated(root: Path, conf: dict) -> Iterator[tuple[str, Path, date]]:
    for rule in conf["retention"]:
        for path in sorted(root.glob(rule["path"])):
            text = path.name.partition("=")[2]
            try:
                yield rule["layer"], path, date.fromisoformat(text)
            except ValueError:
                continue


def expired(root: Path, conf: dict, today: date) -> list[Path]:
    """Dated folders whose days are over, except snapshots behind live models."""
    days = {rule["layer"]: rule["days"] for rule in conf["retention"]}
    live = _behind_live_models(Path(root))
    found: list[Path] = []
    for layer, path, written in _dated(Path(root), conf):
        if today - written <= timedelta(days=days[layer]):
            continue
        inside = [child for child in sorted(path.iterdir()) if child.is_dir()]
        held = [child for child in inside if child.name in live]
        found.extend([child for child in inside if child not in held] if held else [path])
    return found


def retention_job(root: Path, conf: dict, apply: bool, today: date | None = None) -> int:
    """List what is past its days; with `apply` delete it."""
    paths = expired(root, conf, today or datetime.now(timezone.utc).date())
    for path in paths:
        print(f"{'deleted' if apply else 'would delete'} {path.relative_to(root)}")
        if apply:
            shutil.rmtree(path)
    print(f"{len(paths)} folders past their days")
    return 0


def folder_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.exists() else 0


def storage_report(root: Path) -> str:
    """Bytes per layer as they lie on disk now, beside the plan of cost/storage.yaml."""
    conf = yaml.safe_load((Path(root) / "conf" / "data.yaml").read_text("utf-8"))
    plan = yaml.safe_load((Path(root) / "cost" / "storage.yaml").read_text("utf-8"))
    price = plan["price"]["usd_per_gb_month"]
    lines = []
    for demo in (False, True):
        store = open_layers(Path(root), conf, demo=demo)
        for layer in ("raw", "processed", "feature"):
            size = folder_bytes(store.root / layer)
            cost = "NOT ENOUGH DATA" if price is None else f"{size / 1e9 * price:.6f} USD a month"
            lines.append(f"{store.root.name}/{layer}: {size:,} bytes, {cost}")
    return "\n".join(lines)
