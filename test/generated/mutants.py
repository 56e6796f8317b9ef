"""Plants faults in the code of a generated repository and counts those that its own tests notice.

python mutants.py REPOSITORY [--count 160] [--seed 7] [--minutes 20] [--only module,module] [--workers 1]

Faults are drawn evenly over the modules of phases 1 and 2: flipped comparisons and operators, off-by-one numbers, swapped truth,
dropped branches, dropped statements. Each runs in a process of its own, on a copy, with the tests that reach its line.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

SUITES = ("tests/unit", "tests/data", "tests/integration", "tests/model")
MODULES = ("common", "config", "contracts", "crossval", "evaluate", "experiment", "features", "ingest", "layers", "lineage", "logging", "metrics",
           "models", "predict", "problem", "register", "split", "tracker", "train", "tune", "validate")
FLIPS: dict[type, type] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
                           ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add,
                           ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And}
# What only words or the clock see: a progress line, a log line, a help text.
WORDS = {"say", "print", "warn", "info", "debug", "progress", "add_argument", "set_verbosity", "filterwarnings", "error"}


@dataclass(frozen=True)
class Fault:
    module: str
    line: int
    what: str
    number: int  # of the mutation in the order in which the tree is walked
    imported: bool  # outside of every function: it runs when the module is imported, before any test


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _called(node: ast.AST) -> str:
    if isinstance(node, ast.Expr):
        node = node.value
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


class Planter(ast.NodeTransformer):
    """Walks a module; counts the places for a fault, and plants the one with number `wanted`."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted, self.found, self.quiet = wanted, [], 0

    def _here(self, node: ast.AST, what: str) -> bool:
        if self.quiet:
            return False
        self.found.append((node.lineno, what))
        return len(self.found) - 1 == self.wanted

    def generic_visit(self, node: ast.AST) -> ast.AST:
        # Annotations, words, raised messages and the guard of a program decide nothing.
        silent = isinstance(node, (ast.arg, ast.Raise, ast.JoinedStr)) or _called(node) in WORDS
        self.quiet += silent
        for name, value in list(ast.iter_fields(node)):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            if isinstance(value, list):
                setattr(node, name, [self.visit(item) if isinstance(item, ast.AST) else item for item in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        self.quiet -= silent
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        for at, operator in enumerate(node.ops):
            other = FLIPS[type(operator)]
            if self._here(node, f"{type(operator).__name__} -> {other.__name__}"):
                node.ops[at] = other()
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        other = FLIPS.get(type(node.op))
        if other and not _is_text(node.left) and not _is_text(node.right) and self._here(node, f"{type(node.op).__name__} -> {other.__name__}"):
            node.op = other()
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        other = FLIPS[type(node.op)]
        if self._here(node, f"{type(node.op).__name__} -> {other.__name__}"):
            node.op = other()
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.Not) and self._here(node, "not dropped"):
            return self.generic_visit(node).operand
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            if self._here(node, f"{node.value} -> {not node.value}"):
                return ast.copy_location(ast.Constant(not node.value), node)
        elif isinstance(node.value, (int, float)) and abs(node.value) < 1000 and self._here(node, f"{node.value} -> {node.value + 1}"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        if isinstance(node.test, ast.Compare) and isinstance(node.test.left, ast.Name) and node.test.left.id == "__name__":
            return node
        if self._here(node, "branch dropped"):
            node.test = ast.copy_location(ast.Constant(False), node.test)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Call) and _called(node) not in WORDS and self._here(node, f"{_called(node)}() dropped"):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if self._here(node, "assignment dropped"):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)


def places(path: Path) -> list[tuple[int, str]]:
    planter = Planter()
    planter.visit(ast.parse(path.read_text("utf-8")))
    return planter.found


def planted(text: str, number: int) -> str:
    planter = Planter(number)
    return ast.unparse(ast.fix_missing_locations(planter.visit(ast.parse(text))))


class Reach:
    """A pytest plugin that notes which lines of the package each test runs, its fixtures' lines under the fixture."""

    def __init__(self, package: Path) -> None:
        self.package, self.lines, self.now = str(package), defaultdict(set), ""

    def _trace(self, frame, event, _):
        name = frame.f_code.co_filename
        if not name.startswith(self.package):
            return None
        module = Path(name).stem

        def local(inner, kind, _value):
            self.lines[self.now].add((module, inner.f_lineno))
            return local

        self.lines[self.now].add((module, frame.f_lineno))
        return local

    def pytest_fixture_setup(self, fixturedef, request):
        self.now = f"fixture:{fixturedef.argname}"
        sys.settrace(self._trace)

    def pytest_fixture_post_finalizer(self, fixturedef, request) -> None:
        sys.settrace(None)

    def pytest_runtest_call(self, item) -> None:
        self.now = item.nodeid
        self.lines[item.nodeid].update(("fixture", name) for name in item.fixturenames)
        sys.settrace(self._trace)

    def pytest_runtest_teardown(self, item) -> None:
        sys.settrace(None)


def selected(reach: dict[str, set], fault: Fault) -> list[str]:
    """The tests that can notice a fault: those that run its line, or use a fixture that does; those of its own module first."""
    spot = (fault.module, fault.line)
    through = {name.removeprefix("fixture:") for name, lines in reach.items() if name.startswith("fixture:") and spot in lines}
    if fault.imported:
        found = [name for name in reach if "::" in name]
    else:
        found = [name for name, lines in reach.items() if "::" in name and (spot in lines or any(("fixture", f) in lines for f in through))]
    # Programs run in processes of their own, where nothing is traced.
    found += [name for name in reach if "::" in name and "process" in name and name not in found]
    costly = {name for name in found if any(("fixture", fixture) in reach[name] for fixture in ("trained", "registered", "workspace"))}
    return sorted(found, key=lambda name: (name in costly, f"test_{fault.module}" not in name, "integration" in name, "test_model.py" in name))


def child(root: Path, tests: list[str], result: int) -> None:
    """Runs tests in this process; writes the first that fails, or nothing, to `result`."""
    import pytest

    class First:
        name = ""

        def pytest_runtest_logreport(self, report) -> None:
            if report.failed and not self.name:
                self.name = report.nodeid

        def pytest_collectreport(self, report) -> None:
            if report.failed and not self.name:
                self.name = report.nodeid or "collection"

    os.chdir(root)
    sys.path.insert(0, str(root / "src"))
    os.environ.update(PYTHONPATH=str(root / "src"), TMPDIR=str(root.parent))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1), os.dup2(quiet, 2)
    first = First()
    code = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--no-header", "--hypothesis-seed=1", *tests], plugins=[first])
    os.write(result, (first.name or ("" if code == 0 else f"exit {int(code)}")).encode())
    os._exit(0)


def attempt(root: Path, package: Path, fault: Fault, tests: list[str], seconds: float) -> str:
    """What killed a fault: a test, `timeout`, or nothing."""
    path = package / f"{fault.module}.py"
    whole = path.read_text("utf-8")
    path.write_text(planted(whole, fault.number), "utf-8")
    try:
        reading, writing = os.pipe()
        number = os.fork()
        if number == 0:
            os.setsid()
            try:
                child(root, tests, writing)
            finally:
                os._exit(1)
        os.close(writing)
        until = time.monotonic() + seconds
        while os.waitpid(number, os.WNOHANG)[0] == 0:
            if time.monotonic() > until:
                os.killpg(number, signal.SIGKILL)
                os.waitpid(number, 0)
                return "timeout"
            time.sleep(0.02)
        said = b""
        while part := os.read(reading, 4096):
            said += part
        os.close(reading)
        return said.decode()
    finally:
        path.write_text(whole, "utf-8")


def measure(root: Path, package: Path) -> tuple[dict[str, set], float]:
    """Which test reaches which line, from one clean run. SystemExit when the tests do not pass to begin with."""
    reading = tempfile.NamedTemporaryFile(mode="r", suffix=".json")
    started = time.monotonic()
    number = os.fork()
    if number == 0:
        import pytest

        os.chdir(root)
        sys.path.insert(0, str(root / "src"))
        os.environ["PYTHONPATH"] = str(root / "src")
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        reach = Reach(package)
        code = pytest.main(["-q", "-p", "no:cacheprovider", "--hypothesis-seed=1", *SUITES], plugins=[reach])
        sys.settrace(None)
        Path(reading.name).write_text(json.dumps({"code": int(code), "lines": {k: sorted(map(list, v), key=str) for k, v in reach.lines.items()}}))
        os._exit(0)
    os.waitpid(number, 0)
    told = json.loads(Path(reading.name).read_text() or '{"code": 1}')
    if told["code"] != 0:
        raise SystemExit("the tests fail before any fault is planted")
    return {name: {tuple(item) for item in lines} for name, lines in told["lines"].items()}, time.monotonic() - started


def inside(path: Path) -> set[int]:
    """Lines that lie in the body of a function."""
    functions = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    return {line for node in functions for line in range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)}


def draw(package: Path, count: int, seed: int, only: list[str] | None) -> list[Fault]:
    """`count` faults, as many from each module as it has a share of all places, at least two; no two at one place."""
    every = {name: places(package / f"{name}.py") for name in only or MODULES if (package / f"{name}.py").is_file()}
    total = sum(map(len, every.values()))
    chosen = []
    for name, found in sorted(every.items()):
        share = min(len(found), max(2, round(count * len(found) / total)))
        numbers = random.Random(f"{seed}:{name}").sample(range(len(found)), share)
        within = inside(package / f"{name}.py")
        chosen += [Fault(name, *found[number], number, found[number][0] not in within) for number in sorted(numbers)]
    return chosen


def report(results: list[tuple[Fault, str]], faults: int, seconds: float) -> float:
    rows = defaultdict(lambda: [0, 0])
    for fault, killer in results:
        rows[fault.module][0] += 1
        rows[fault.module][1] += bool(killer)
    print(f"{'module':<14}{'planted':>8}{'killed':>8}{'share':>8}")
    for name, (planted_here, killed) in sorted(rows.items()):
        print(f"{name:<14}{planted_here:>8}{killed:>8}{killed / planted_here:>8.0%}")
    killed = sum(bool(killer) for _, killer in results)
    share = killed / max(1, len(results))
    print(f"{'all':<14}{len(results):>8}{killed:>8}{share:>8.1%}")
    for fault, killer in results:
        if not killer:
            print(f"survived: {fault.module}.py:{fault.line}: {fault.what}")
    print(f"mutants: {killed} of {len(results)} planted faults noticed ({share:.1%}), {faults - len(results)} not tried, {seconds:.0f} s")
    return share


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("repository", type=Path)
    parser.add_argument("--count", type=int, default=160)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--goal", type=float, default=0.8)
    parser.add_argument("--only")
    args = parser.parse_args()
    import hypothesis  # noqa: F401  heavy packages are imported once and shared by every fork
    import joblib  # noqa: F401
    import optuna  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import pydantic  # noqa: F401
    import sklearn.ensemble  # noqa: F401
    import sklearn.linear_model  # noqa: F401

    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        root = Path(folder) / "repository"
        kept = shutil.ignore_patterns(".git", "models", "artifacts", "predictions", ".cache", "__pycache__", "layers")
        shutil.copytree(args.repository, root, ignore=kept)
        (package,) = (path.parent for path in root.glob("src/*/train.py"))
        reach, clean = measure(root, package)
        tests = sum("::" in name for name in reach)
        print(f"{tests} tests pass on the code as it is ({clean:.0f} s, traced)", flush=True)
        faults = draw(package, args.count, args.seed, args.only.split(",") if args.only else None)
        random.Random(args.seed).shuffle(faults)
        started, results = time.monotonic(), []
        for fault in faults:
            if time.monotonic() - started > 60 * args.minutes:
                break
            chosen = selected(reach, fault)
            killer = attempt(root, package, fault, chosen, 3 * clean + 30) if chosen else ""
            results.append((fault, killer))
            print(f"{len(results)}/{len(faults)} {fault.module}.py:{fault.line} {fault.what}: {killer or 'SURVIVED'}", file=sys.stderr, flush=True)
        share = report(results, len(faults), time.monotonic() - started)
    return 0 if share >= args.goal else 1


if __name__ == "__main__":
    sys.exit(main())
