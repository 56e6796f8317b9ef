"""The trace collector's pipeline is complete and drops bodies."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
COLLECTOR = yaml.safe_load((ROOT / "monitoring/otel/collector.yaml").read_text())


def test_every_component_of_the_pipeline_is_defined():
    for pipeline in COLLECTOR["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(COLLECTOR[kind])


def test_bodies_are_dropped_before_anything_is_exported():
    order = COLLECTOR["service"]["pipelines"]["traces"]["processors"]
    dropped = {item["key"] for item in COLLECTOR["processors"]["attributes/redact"]["actions"] if item["action"] == "delete"}
    assert {"http.request.body", "http.response.body"} <= dropped
    assert order.index("attributes/redact") < order.index("batch")


def test_errors_and_slow_requests_are_always_kept():
    kinds = {policy["type"] for policy in COLLECTOR["processors"]["tail_sampling"]["policies"]}
    assert {"status_code", "latency", "probabilistic"} == kinds
