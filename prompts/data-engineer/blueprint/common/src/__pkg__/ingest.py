"""Brings the data in: source or sample → raw → processed. Columns outside this module carry their field names."""

from __future__ import annotations

import argparse
import csv
import hashlib
import hmac
import io
import json
import os
import re
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from . import layers, lineage
from .validate import Report, as_text, labels, validate

SAMPLE = Path("data") / "sample.parquet"
# In the sample a personal column whose rows belong together is there under this ending, as keyed hashes.
PSEUDONYM = "__pseudonym"
TRUE, FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
# Tried in this order; ISO first, so that an ambiguous day and month is only guessed when nothing else fits.
DATE_FORMATS = ("ISO8601", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M",
                "%m/%d/%Y %H:%M:%S", "%d.%m.%Y", "%Y%m%d", "%b %d %Y", "%d-%b-%Y")

# How conf says that numbers are written → (shape of one, marks to leave out, whether a comma stands before the decimals).
NUMBER_STYLES = {
    ".": (re.compile(r"[+-]?\s*(\d{1,3}([,'\xa0\u202f]\d{3})+|\d*)([.]\d+)?"), re.compile(r"[\s,'\xa0\u202f]"), False),
    ",": (re.compile(r"[+-]?\s*(\d{1,3}([.'\xa0\u202f]\d{3})+|\d+)(,\d+)?"), re.compile(r"[\s.'\xa0\u202f]"), True),
    "either": (re.compile(r"[+-]?\s*\d+([.,](\d{1,2}|\d{4,}))?"), re.compile(r"\s"), True),
}


class SourceError(Exception):
    """Something is wrong with the source; the message says what to do next."""


class SourceDown(SourceError):
    """The source cannot be reached."""


class SourceRefused(SourceError):
    """The source is there, the credential is not good enough."""


class SourceCut(SourceError):
    """The source ends in the middle, or cannot be parsed."""


class SchemaChanged(SourceError):
    """A column that the contract names is not there."""


def repo_root() -> Path:
    """The pipeline repository: REPO_ROOT, else the current folder."""
    return Path(os.environ.get("REPO_ROOT") or Path.cwd())


def load_conf(name: str, root: Path | None = None) -> dict:
    """conf/<name>.yaml as a dict."""
    return yaml.safe_load((Path(root or repo_root()) / "conf" / f"{name}.yaml").read_text("utf-8"))


def sha256_file(path: Path) -> str:
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fetch(uri: str, target: Path, timeout: float = 10.0) -> Path:
    """Download http(s) or an object-store address (s3://, gs://) to `target`. Each failure has its own error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        if uri.startswith(("http://", "https://")):
            with urllib.request.urlopen(uri, timeout=timeout) as reply, part.open("wb") as file:
                expected = reply.headers.get("Content-Length")
                shutil.copyfileobj(reply, file)
            if expected is not None and part.stat().st_size != int(expected):
                raise SourceCut(f"{uri}: got {part.stat().st_size} of {expected} bytes. Next: load again")
        else:
            from pyarrow import fs

            store, path = fs.FileSystem.from_uri(uri)
            with store.open_input_stream(path) as stream, part.open("wb") as file:
                shutil.copyfileobj(stream, file)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise SourceRefused(f"{uri}: refused ({error.code}). Next: check the credential of this source") from error
        raise SourceDown(f"{uri}: answered {error.code}. Next: try later, or set DATA_URI") from error
    except PermissionError as error:
        raise SourceRefused(f"{uri}: refused. Next: check the credential of this source") from error
    except (OSError, urllib.error.URLError) as error:
        if "ACCESS_DENIED" in str(error) or "Forbidden" in str(error):
            raise SourceRefused(f"{uri}: refused. Next: check the credential of this source") from error
        raise SourceDown(f"{uri}: cannot be reached. Next: try later, or set DATA_URI") from error
    part.replace(target)
    return target


def resolve(uri: str, root: Path, credential: str | None = None) -> Path:
    """A local path of the source: itself, its download, or what was pulled from its database. SourceDown or SourceRefused."""
    if uri.startswith(("postgres://", "postgresql://")):
        name = hashlib.sha256(uri.encode()).hexdigest()[:12]
        return pull(uri, root / "data" / "layers" / "incoming" / f"{name}.csv", credential)
    if "://" in uri and not uri.startswith("file://"):
        return fetch(uri, root / "data" / "layers" / "incoming" / Path(uri.split("?")[0]).name)
    path = root / uri.removeprefix("file://")
    if not path.is_file():
        raise SourceDown(f"{path}: no such file. Next: set DATA_URI to where the data lies")
    if not os.access(path, os.R_OK):
        raise SourceRefused(f"{path}: may not be read. Next: check its permissions")
    return path


def locate(root: Path, conf: dict, sample: bool = False) -> tuple[Path, str]:
    """(path, "source" or "sample"). DATA_URI must be reachable if set; else the configured source, else the sample."""
    if sample:
        return root / SAMPLE, "sample"
    override = os.environ.get("DATA_URI")
    if override:
        path = resolve(override, root)
        return path, "sample" if path.resolve() == (root / SAMPLE).resolve() else "source"
    try:
        return resolve(conf["source"]["uri"], root, conf["source"].get("credential")), "source"
    except SourceDown as error:
        print(f"{error} Using {SAMPLE} instead.", file=sys.stderr)
        return root / SAMPLE, "sample"


def pull(uri: str, target: Path, credential: str | None) -> Path:
    """One table of a Postgres database as CSV, in one read-only transaction; instants as UTC. Each failure has its own error."""
    try:
        import psycopg
        from psycopg import sql
    except ImportError as error:
        raise SourceRefused("reading Postgres needs the package psycopg[binary]. Next: install it in this environment") from error
    place = urllib.parse.urlsplit(uri)
    table = urllib.parse.parse_qs(place.query).get("table", [""])[0].split(".")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    password = os.environ.get(credential) if credential else None
    try:
        with psycopg.connect(host=place.hostname, port=place.port or 5432, dbname=place.path.lstrip("/"), user=place.username,
                             password=password, connect_timeout=15, options="-c timezone=UTC -c default_transaction_read_only=on") as link:
            rows = link.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(*table)))
            columns = [
                sql.SQL("""to_char({0}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS {0}""" if column.type_code == 1184 else "{0}::text AS {0}")
                .format(sql.Identifier(column.name)) for column in rows.description or []
            ]
            query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv, HEADER)").format(
                sql.SQL(", ").join(columns), sql.Identifier(*table))
            with link.cursor().copy(query) as copy, part.open("wb") as file:
                for block in copy:
                    file.write(block)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidPassword) as error:
        raise SourceRefused(f"{place.hostname}: refused. Next: check user and credential of this source") from error
    except psycopg.Error as error:
        if "password" in str(error) or "authentication" in str(error):
            raise SourceRefused(f"{place.hostname}: refused. Next: check user and credential of this source") from error
        raise SourceDown(f"{place.hostname}: cannot be read ({type(error).__name__}). Next: try later, or set DATA_URI") from error
    part.replace(target)
    return target


def _ends_in_the_middle(path: Path, encoding: str, delimiter: str) -> bool:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(65536).decode(encoding, "replace").removeprefix("\ufeff").splitlines()[:1]
        # An even offset, or UTF-16 would be read between its bytes.
        file.seek(max(0, size - 65536) // 2 * 2)
        tail = file.read().decode(encoding, "replace")
    if not tail or tail.endswith(("\n", "\r")):
        return False
    count = [len(next(csv.reader(io.StringIO(line), delimiter=delimiter), [])) for line in (*head, tail.splitlines()[-1])]
    return count[-1] < count[0]


def read_source(path: Path, conf: dict) -> pd.DataFrame:
    """The rows as received, under their raw names. Text stays text: only the listed tokens mean missing.

    Parquet and JSON keep the types they carry. SourceCut when the file ends in the middle or cannot be parsed.
    """
    source = conf["source"]
    path = Path(path)
    with path.open("rb") as file:
        form = "parquet" if file.read(4) == b"PAR1" else source["format"]
    tokens = [str(token) for token in source["null_tokens"]]
    try:
        if form == "parquet":
            types = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
            return pq.read_table(path).to_pandas(types_mapper=types.get)
        if form in ("json", "jsonl"):
            text = path.read_text(source["encoding"]).removeprefix("\ufeff")
            rows = [json.loads(line) for line in text.splitlines() if line.strip()] if form == "jsonl" else json.loads(text)
            return pd.DataFrame(rows, dtype=object)
        delimiter = source["delimiter"] or ("\t" if form == "tsv" else ",")
        if _ends_in_the_middle(path, source["encoding"], delimiter):
            raise SourceCut(f"{path}: the last row is incomplete. Next: have the file delivered again")
        rows = pd.read_csv(path, dtype=object, sep=delimiter, encoding=source["encoding"],
                           keep_default_na=False, na_values=tokens)
        return rows.rename(columns={rows.columns[0]: str(rows.columns[0]).removeprefix("\ufeff")})
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pa.ArrowInvalid, json.JSONDecodeError,
            UnicodeDecodeError) as error:
        raise SourceCut(f"{path}: cannot be parsed as {form}. Next: have the file delivered again") from error


def _as_written(values: pd.Series, written: dict) -> pd.Series:
    """Text as conf says that the source writes it: words for no value are gone, numbers stand as Python writes them.

    What is written in another way stays as it is, so that it is reported and not read as a wrong number.
    """
    texts = values.map(lambda value: value.strip() if isinstance(value, str) else value, na_action="ignore").astype(object)
    texts = texts.mask(texts.isin(written.get("missing", [])), None)
    style = written.get("numbers")
    if style is None:
        return texts
    shape, marks, comma = NUMBER_STYLES[style["decimal"]]

    def plain(value: object) -> object:
        if not isinstance(value, str):
            return value
        text = value.replace(style["affix"], "").strip() if style["affix"] else value
        if not shape.fullmatch(text):
            return value
        text = marks.sub("", text)
        return text.replace(",", ".") if comma else text

    return texts.map(plain, na_action="ignore")


def _key(values: pd.Series, whole: bool) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").astype("float64") if whole else values.map(str, na_action="ignore").astype(object)


def _named(df: pd.DataFrame, wanted: str, source: str) -> pd.Series:
    """The column that conf names: exactly, else without regard to letter case. SchemaChanged when it is not there."""
    found = [wanted] if wanted in df.columns else [name for name in df.columns if str(name).casefold() == wanted.casefold()]
    if not found:
        raise SchemaChanged(f"column missing, by which {source} is joined: {wanted}. Next: restore it, or give {source}'s columns themselves")
    return df[found[0]]


def _moments(values: pd.Series, dates: list[str]) -> pd.Series:
    return _instants(values.map(lambda value: value.strip() if isinstance(value, str) else value, na_action="ignore"), None, dates)[0]


def join_sources(raw: pd.DataFrame, conf: dict, root: Path) -> pd.DataFrame:
    """The first source's rows with the columns of the others, named <source>.<column>, as of each row's own event time.

    Of a source with an event time the latest row at or before that time is taken, never a later one; of one without, the row of
    the same key. Rows that are joined already (the sample, a snapshot) come back as they are.
    """
    for source in conf.get("joined", []):
        prefix = f"{source['name']}."
        if any(str(name).startswith(prefix) for name in raw.columns):
            continue
        path = resolve(source["uri"], root, source["credential"])
        other = read_source(path, {"source": source})
        other = other.mask(other.isin(list(source["null_tokens"])), None)
        left, right = pd.DataFrame(index=raw.index), pd.DataFrame(index=other.index)
        keys = [f"k{place}" for place in range(len(source["key"]))]
        for key, name in zip(keys, source["key"], strict=True):
            sides = (_named(raw, name, source["name"]), _named(other, name, source["name"]))
            number = all(pd.to_numeric(side, errors="coerce").notna().sum() == side.notna().sum() for side in sides)
            left[key], right[key] = _key(sides[0], number), _key(sides[1], number)
        used = {name.casefold() for name in [*source["key"], source["event_time"] or ""]}
        right = right.join(other[[name for name in other.columns if str(name).casefold() not in used]].add_prefix(prefix))
        if source["event_time"] is None:
            merged = left.merge(right.dropna(subset=keys), on=keys, how="left")
        else:
            base = next(c for c in conf["columns"] if c["field"] == conf["time"]["field"])
            left["at"] = _moments(_named(raw, base["name"], source["name"]), base.get("written", {}).get("dates", []))
            right["at"] = _moments(_named(other, source["event_time"], source["name"]), source.get("event_dates", []))
            right = right.dropna(subset=["at", *keys]).drop_duplicates([*keys, "at"], keep="last").sort_values("at", kind="stable")
            asked = left.reset_index(drop=True).dropna(subset=["at", *keys]).sort_values("at", kind="stable")
            merged = pd.merge_asof(asked.reset_index(names="row"), right, on="at", by=keys or None).set_index("row")
            merged = merged.reindex(range(len(left)))
        columns = [name for name in merged.columns if str(name).startswith(prefix)]
        raw = raw.join(merged[columns].set_axis(raw.index).astype(object).where(merged[columns].notna().set_axis(raw.index), None))
    return raw


def _numbers(values: pd.Series, whole: bool) -> tuple[pd.Series, pd.Series]:
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64").astype("float64")
    bad = values.notna() & ~np.isfinite(numbers)
    if not whole:
        return numbers.where(~bad), bad
    bad |= values.notna() & ((numbers % 1 != 0) | (numbers.abs() >= 2**63))
    exact = pd.to_numeric(values.where(~bad), errors="coerce")
    return (exact if str(exact.dtype) in ("int64", "Int64") else numbers.where(~bad)).astype("Int64"), bad


def _booleans(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    words = labels(values).map(lambda word: word.strip().lower(), na_action="ignore").astype(object)
    result = words.map(lambda word: True if word in TRUE else False if word in FALSE else None, na_action="ignore")
    bad = values.notna() & result.isna()
    return result.astype("boolean"), bad


def _instants(values: pd.Series, first: str | None, formats: list[str]) -> tuple[pd.Series, pd.Series]:
    """UTC without a zone: by the formats that conf lists, else by the one of several that gives the measured first instant."""
    texts = values.map(str, na_action="ignore")
    best: pd.Series | None = None
    for form in formats:
        parsed = pd.to_datetime(texts, format=form, errors="coerce", utc=True).dt.tz_localize(None)
        best = parsed if best is None else best.fillna(parsed)
    if best is not None and best.notna().sum() == texts.notna().sum():
        return best.astype("datetime64[us]"), values.notna() & best.isna()
    for form in DATE_FORMATS:
        parsed = pd.to_datetime(texts, format=form, errors="coerce", utc=True).dt.tz_localize(None)
        fits = parsed.notna().sum()
        if best is None or fits > best.notna().sum() or (
            fits == best.notna().sum() and fits and first and str(parsed.min()) < first[:10] <= str(best.min())
        ):
            best = parsed
        if fits == texts.notna().sum():
            break
    assert best is not None
    return best.astype("datetime64[us]"), values.notna() & best.isna()


def _typed(values: pd.Series, column: dict) -> tuple[pd.Series, pd.Series]:
    kind = column["type"]
    if kind in ("integer", "number"):
        return _numbers(values, kind == "integer")
    if kind == "boolean":
        return _booleans(values)
    if kind in ("date", "timestamp"):
        return _instants(values, column.get("min"), column.get("written", {}).get("dates", []))
    return labels(values), pd.Series(False, index=values.index)


def _pseudonym_key() -> bytes:
    """PSEUDONYM_KEY, else a key of this folder's own: groups stay together here, and their hashes fit no other place."""
    given = os.environ.get("PSEUDONYM_KEY")
    if given:
        return given.encode()
    path = repo_root() / "data" / "layers" / "pseudonym.key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(os.urandom(32).hex().encode())
        except FileExistsError:
            pass
    return path.read_bytes()


def _pseudonyms(values: pd.Series) -> pd.Series:
    key = _pseudonym_key()
    return values.map(lambda value: hmac.new(key, as_text(value).encode(), "sha256").hexdigest()[:16], na_action="ignore").astype(object)


@dataclass(frozen=True)
class Parsed:
    """Typed rows in source order, and per field which of them could not be read as their type."""

    df: pd.DataFrame
    unparsed: pd.DataFrame
    extra: tuple[str, ...]


def _received_name(column: dict, raw: pd.DataFrame, taken: dict[str, int]) -> str:
    """The column's name in this file. A name that occurs twice comes back as its field (sample) or as name.1 (CSV)."""
    name, before = column["name"], taken.get(column["name"], 0)
    taken[name] = before + 1
    if before == 0 and name in raw.columns:
        return name
    return column["field"] if column["field"] in raw.columns else f"{name}.{before}"


def parse(raw: pd.DataFrame, conf: dict, whole: bool = True) -> Parsed:
    """Raw rows → typed rows under field names. Personal columns stay behind; a personal key becomes a keyed hash.

    SchemaChanged names every column of the contract that is missing, and not `whole` when all are. Unknown columns are dropped
    and listed.
    """
    values: dict[str, pd.Series] = {}
    unparsed: dict[str, pd.Series] = {}
    missing: list[str] = []
    tokens = list(conf["source"]["null_tokens"])
    taken: dict[str, int] = {}
    for column in conf["columns"]:
        name = _received_name(column, raw, taken)
        if column["personal"]:
            hashed = f"{column['field']}{PSEUDONYM}"
            if column.get("pseudonym") and hashed in raw.columns:
                values[column["field"]] = labels(raw[hashed])
            elif column.get("pseudonym") and name in raw.columns:
                values[column["field"]] = _pseudonyms(raw[name].mask(raw[name].isin(tokens), None))
            continue
        if name not in raw.columns:
            missing.append(column["name"])
            continue
        series = raw[name]
        if series.dtype == object or pd.api.types.is_string_dtype(series):
            series = series.astype(object)
            series = series.mask(series.isin(tokens), None)
            if "written" in column:
                series = _as_written(series, column["written"])
        values[column["field"]], unparsed[column["field"]] = _typed(series, column)
    if missing and (whole or not values):
        raise SchemaChanged(f"columns missing from the source: {', '.join(missing)}. Next: restore them or change the contract")
    known = {column["name"] for column in conf["columns"]} | {column["field"] for column in conf["columns"]}
    known |= {f"{column['field']}{PSEUDONYM}" for column in conf["columns"] if column.get("pseudonym")}
    known |= {f"{name}.{i}" for name, count in taken.items() for i in range(1, count)}
    extra = tuple(str(name) for name in raw.columns if name not in known)
    return Parsed(pd.DataFrame(values, index=raw.index), pd.DataFrame(unparsed, index=raw.index), extra)


def _divided(path: Path, conf: dict, encoding: str) -> str:
    """The mark that divides a text file's header into columns of the contract: the source's where it does, else another."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        head = file.readline(1_000_000).removeprefix("\ufeff")
    known = {name for column in conf["columns"] for name in (column["name"], column["field"])}
    own = conf["source"]["delimiter"]
    for mark in dict.fromkeys((own or ",", ",", ";", "\t", "|")):
        if known & set(next(csv.reader(io.StringIO(head), delimiter=mark), [])):
            return mark
    return own or ","


def read_batch(path: Path, conf: dict, root: Path) -> Parsed:
    """A file of rows to predict or to watch, read, joined and typed as the source is; of its columns any may be absent.

    Its ending says what it is, else it is written like the source. A text file that is divided by another mark than the source was
    not written like it: its numbers and dates are plain. A batch without the columns that a source is joined by stays as it is: its
    caller may have joined it. Errors as of reading and joining.
    """
    path, source = Path(path), conf["source"]
    form = {".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl"}.get(path.suffix.lower(), source["format"])
    how = {"format": form, "encoding": source["encoding"] if source["format"] == form else "utf-8-sig"}
    if form in ("csv", "tsv"):
        how["delimiter"] = _divided(path, conf, how["encoding"])
    raw = read_source(path, {"source": source | how})
    if how.get("delimiter", source["delimiter"]) != source["delimiter"]:
        own = [{key: value for key, value in column.items() if key != "written"} if {column["name"], column["field"]} & set(raw.columns) else column
               for column in conf["columns"]]
        conf = conf | {"columns": own}
    keys = {name.casefold() for other in conf.get("joined", []) for name in other["key"]}
    by_field = {column["field"]: column["name"] for column in conf["columns"]}
    raw = raw.rename(columns={name: by_field[name] for name in raw.columns if name in by_field and by_field[name] not in raw.columns})
    if keys <= {str(name).casefold() for name in raw.columns}:
        raw = join_sources(raw, conf, root)
    return parse(raw, conf, whole=False)


def settle(df: pd.DataFrame, conf: dict) -> tuple[pd.DataFrame, int]:
    """(rows sorted stably by event time, number of exact copies merged). Copies stay where conf says they are events."""
    kept = df.drop_duplicates() if conf["duplicates"]["exact"] == "drop" else df
    time = conf["time"]["field"]
    if time is not None and time in kept.columns:
        kept = kept.sort_values(time, kind="stable", na_position="last")
    return kept.reset_index(drop=True), len(df) - len(kept)


def to_processed(raw: pd.DataFrame, conf: dict) -> pd.DataFrame:
    """Raw rows → the processed layer's rows: typed, field names, copies merged as conf says, in order of event time."""
    return settle(parse(raw, conf).df, conf)[0]


@dataclass(frozen=True)
class Batch:
    """One load: good rows, the report, and where every row went."""

    df: pd.DataFrame
    rejected: pd.DataFrame
    report: Report
    counts: dict[str, int]


def accept(raw: pd.DataFrame, conf: dict, whole: bool = True) -> Batch:
    """Parse, validate, split off what breaks a hard rule, settle the rest. rows in = out + quarantined + merged."""
    parsed = parse(raw, conf)
    report = validate(parsed.df, conf, unparsed=parsed.unparsed, extra=parsed.extra, whole=whole)
    df, merged = settle(parsed.df[~report.rejected], conf)
    rejected = parsed.df[report.rejected]
    return Batch(df, rejected, report, {"in": len(raw), "out": len(df), "quarantined": len(rejected), "merged": merged})


def load(root: Path | None = None, sample: bool = False) -> tuple[pd.DataFrame, str]:
    """(good rows that have a label, sha256 of the bytes they come from). Says on stderr when the sample stands in."""
    base = Path(root or repo_root())
    conf = load_conf("data", base)
    path, origin = locate(base, conf, sample)
    digest = sha256_file(path)
    batch = accept(join_sources(read_source(path, conf), conf, base), conf, whole=origin == "source")
    record_load(base, conf, origin, digest)
    labelled = batch.df[batch.df[conf["target"]["field"]].notna()].reset_index(drop=True)
    return labelled, digest


def record_load(root: Path, conf: dict, origin: str, digest: str) -> None:
    """The two edges that every later one hangs on: source → snapshot → processed, the second by column."""
    name = conf["source"]["name"] if origin == "source" else SAMPLE.as_posix()
    columns = {c["field"]: [c["name"]] for c in conf["columns"] if not c["personal"]}
    lineage.record(root, "ingest", [f"source:{name}"], [f"snapshot:{digest}"])
    lineage.record(root, "process", [f"snapshot:{digest}"], [f"processed:{digest}"], columns)


def row_hashes(df: pd.DataFrame) -> pd.Series:
    """A 64-bit hash per row; numbers count by value, whatever the width of their column."""

    def plain(values: pd.Series) -> pd.Series:
        if pd.api.types.is_datetime64_any_dtype(values):
            return values.astype("datetime64[us]")
        if pd.api.types.is_integer_dtype(values):
            # Beyond 2^53 a float would make neighbours equal.
            return values.map(str, na_action="ignore").astype(object) if values.abs().max() >= 2**53 else values.astype("Float64").astype("float64")
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            return values.astype("float64")
        return values.astype(object).where(values.notna(), None)

    columns = {name: plain(values) for name, values in df.items()}
    return pd.util.hash_pandas_object(pd.DataFrame(columns, index=df.index), index=False)


def frame_hash(df: pd.DataFrame) -> str:
    """sha256 over the rows as a multiset: neither their order nor how they were sliced matters."""
    rows = np.sort(row_hashes(df).to_numpy())
    return hashlib.sha256(rows.tobytes() + ",".join(df.columns).encode()).hexdigest()


def window(conf: dict, watermark: str | None) -> tuple[pd.Timestamp | None, None]:
    """The half-open window [watermark − overlap, …) that the next load must ask the source for; open without a watermark."""
    if conf["incremental"]["mode"] != "watermark" or watermark is None:
        return None, None
    return pd.Timestamp(watermark) - pd.Timedelta(days=conf["incremental"]["overlap_days"]), None


def extract(df: pd.DataFrame, conf: dict, since: pd.Timestamp | None, until: pd.Timestamp | None) -> pd.DataFrame:
    """Rows with since <= event time < until; rows without a time belong to every window."""
    field = conf["incremental"]["field"]
    inside = pd.Series(True, index=df.index)
    if field is not None and since is not None:
        inside &= ~(df[field] < since)
    if field is not None and until is not None:
        inside &= ~(df[field] >= until)
    return df[inside]


def merge(existing: pd.DataFrame, incoming: pd.DataFrame, conf: dict,
          since: pd.Timestamp | None = None, until: pd.Timestamp | None = None) -> tuple[pd.DataFrame, dict[str, int]]:
    """Bring a window of the source into the processed layer; (rows, counts of inserted, deleted, unchanged).

    Inside the window the source is the truth: late rows come in, changed rows are replaced, rows that are gone go.
    With a key, a row whose event time moved out of the window is replaced too. A replay changes nothing.
    """
    if existing.empty:
        return settle(incoming, conf)[0], {"inserted": len(incoming), "deleted": 0, "unchanged": 0}
    inside = existing.index.isin(extract(existing, conf, since, until).index)
    key = conf["incremental"]["key"]
    if key:
        arrived = pd.MultiIndex.from_frame(incoming[key].astype(str))
        inside |= pd.MultiIndex.from_frame(existing[key].astype(str)).isin(arrived)
    old, keep = existing[inside], existing[~inside]
    before, after = _numbered(old), _numbered(incoming)
    same = len(before & after)
    merged = pd.concat([keep, incoming.astype(existing.dtypes.to_dict())], ignore_index=True) if len(keep) else incoming
    return settle(merged, conf)[0], {"inserted": len(after) - same, "deleted": len(before) - same, "unchanged": same}


def _numbered(df: pd.DataFrame) -> set[tuple[int, int]]:
    """Each row as (hash, how many like it came before), so that two equal rows stay two."""
    hashes = row_hashes(df)
    return set(zip(hashes, hashes.groupby(hashes).cumcount(), strict=True))


def run(root: Path | None = None, sample: bool = False) -> Batch:
    """Load through all layers: raw bytes kept, bad rows quarantined, processed rows merged by window and written."""
    base = Path(root or repo_root())
    conf = load_conf("data", base)
    path, origin = locate(base, conf, sample)
    digest = sha256_file(path)
    store = layers.open_layers(base, conf, demo=origin == "sample")
    layers.keep_raw(store, path, digest)
    batch = accept(join_sources(read_source(path, conf), conf, base), conf, whole=origin == "source")
    layers.quarantine(store, batch.rejected, batch.report, digest)
    since, until = window(conf, layers.read_state(store).get("watermark"))
    merged, moved = merge(layers.read_processed(store), extract(batch.df, conf, since, until), conf, since, until)
    written = layers.write_processed(store, merged, conf, digest)
    layers.write_state(store, merged, conf, digest)
    layers.write_profile(store, merged, digest)
    record_load(base, conf, origin, digest)
    print(f"{origin} {digest[:12]}: " + ", ".join(f"{count:,} {name}" for name, count in (batch.counts | moved).items()))
    print(f"raw and processed under {store.root} ({len(written)} processed file{'s' if len(written) != 1 else ''})")
    return batch


def main() -> int:
    parser = argparse.ArgumentParser(description="Bring the data in through the raw and processed layers")
    parser.add_argument("--sample", action="store_true", help="load data/sample.parquet instead of the source")
    parser.add_argument("--lineage", action="store_true", help="draw the lineage graph from its events")
    parser.add_argument("--storage", action="store_true", help="bytes per layer now, with their price")
    parser.add_argument("--retention", choices=["dry-run", "apply"], help="list, or delete, what is past its days")
    args = parser.parse_args()
    root = repo_root()
    if args.lineage:
        print(lineage.mermaid(lineage.read_events(root)))
        return 0
    if args.storage:
        print(layers.storage_report(root))
        return 0
    if args.retention:
        return layers.retention_job(root, load_conf("data", root), apply=args.retention == "apply")
    try:
        batch = run(root, args.sample)
    except SourceError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(batch.report.text())
    return 0 if batch.report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
