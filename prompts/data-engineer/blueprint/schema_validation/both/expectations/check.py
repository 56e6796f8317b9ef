"""Run the suite on the processed layer, then on a copy with planted faults: the first must pass, the second must not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import great_expectations as gx
import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def newest_layer() -> Path:
    """The processed layer of the sample: what `make demo` wrote last."""
    found = sorted((ROOT / "data" / "demo" / "processed").glob("date=*/*"))
    if not found:
        raise SystemExit("no processed layer yet. Next: make demo")
    return found[-1]


def failures(context, name: str, df: pd.DataFrame, expectations: list[dict]) -> list[str]:
    """The rules that the batch breaks. The volume of the whole source is not asked of a sample."""
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe(name)
    suite = context.suites.add(gx.ExpectationSuite(name=name))
    listed = [expectation for expectation in expectations if expectation["meta"]["rule"] != "volume"]
    for expectation in listed:
        kwargs = dict(expectation["kwargs"])
        if expectation["type"] == "expect_column_min_to_be_between":
            kwargs["min_value"] = pd.Timestamp(kwargs["min_value"]).to_pydatetime()
        kind = "".join(part.capitalize() for part in expectation["type"].split("_"))
        suite.add_expectation(getattr(gx.expectations, kind)(
            **kwargs, meta=expectation["meta"], severity=expectation["severity"]))
    result = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite)).run(
        batch_parameters={"dataframe": df})
    return sorted(one.expectation_config.meta["rule"] for one in result.results if not one.success)


def main() -> int:
    expectations = json.loads((HERE / "suite.json").read_text("utf-8"))["expectations"]
    df = pd.concat([pd.read_parquet(file) for file in sorted(newest_layer().rglob("*.parquet"))], ignore_index=True)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    good = failures(context, "clean", df, expectations)
    planted = next(e for e in expectations if e["meta"]["rule"].startswith(("not_null:", "null_share:", "allowed:")))
    field = planted["kwargs"]["column"]
    faulty = df.assign(**{field: pd.Series(
        ["a value never seen" if planted["meta"]["rule"].startswith("allowed:") else None] * len(df), dtype=object)})
    bad = failures(context, "planted", faulty, expectations)
    print(f"{len(expectations)} expectations: clean batch breaks {len(good)}, planted batch breaks {', '.join(bad) or 'none'}")
    return 0 if not good and planted["meta"]["rule"] in bad else 1


if __name__ == "__main__":
    sys.exit(main())
