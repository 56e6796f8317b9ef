"""Judges a candidate beside the version that is in use, from the metrics of both. Aborts at once, advances only after enough requests."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import yaml

PLAN = Path(__file__).with_name("plan.yaml")


@dataclass(frozen=True)
class Seen:
    """Counts of one version since a stage began.."""

    requests: int = 0
    bad: int = 0
    slow: int = 0
    predictions: int = 0
    score_sum: float = 0.0

    def minus(self, before: "Seen") -> "Seen":
        return Seen(*(getattr(self, name) - getattr(before, name) for name in self.__dataclass_fields__))


def wilson_low(bad: int, total: int, z: float = 1.645) -> float:
    """Lower one-sided 95 % limit of a share (Wilson 1927)."""
    if total == 0:
        return 0.0
    share = bad / total
    middle = share + z * z / (2 * total)
    return (middle - z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))) / (1 + z * z / total)


def broken(stable: Seen, candidate: Seen, bounds: dict, least_requests: int) -> list[str]:
    """The bounds that the candidate breaks, in words. What the stable version suffers too is not the candidate's fault."""
    found = []
    for name, count, other, bound in (("bad", candidate.bad, stable.bad, bounds["error_share"]), ("slow", candidate.slow, stable.slow, bounds["slow_share"])):
        limit = max(bound, other / stable.requests if stable.requests else 0.0)
        if count >= bounds["least_bad"] and wilson_low(count, candidate.requests) > limit:
            found.append(f"{count} of {candidate.requests} replies {name}, more than {limit:.4f}")
    if math.isnan(candidate.score_sum):
        found.append("scores are not numbers")
    elif min(candidate.predictions, stable.predictions) >= least_requests:
        shift = candidate.score_sum / candidate.predictions - stable.score_sum / stable.predictions
        if abs(shift) > bounds["score_shift"]:
            found.append(f"mean score moved by {shift:+.3f}, more than {bounds['score_shift']}")
    return found


def judge(stable: Seen, candidate: Seen, stage: dict, bounds: dict) -> tuple[str, list[str]]:
    """("abort" | "advance" | "wait", reasons)."""
    reasons = broken(stable, candidate, bounds, stage["requests"])
    if reasons:
        return "abort", reasons
    if candidate.requests >= stage["requests"]:
        return "advance", [f"{candidate.requests} requests without a broken bound"]
    return "wait", [f"{candidate.requests} of {stage['requests']} requests seen"]


def read_metrics(text: str, slow_seconds: float) -> Seen:
    """The counts in a scrape of /metrics."""
    totals = {"requests": 0.0, "bad": 0.0, "fast": 0.0, "timed": 0.0, "predictions": 0.0, "score": 0.0}
    edge = f'le="{float(slow_seconds)}"'
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("http_requests_total{"):
            totals["requests"] += float(value)
            totals["bad"] += float(value) if 'status="5' in name else 0.0
        elif name.startswith("http_request_duration_seconds_bucket{") and edge in name:
            totals["fast"] += float(value)
        elif name.startswith("http_request_duration_seconds_count{"):
            totals["timed"] += float(value)
        elif name == "predictions_total":
            totals["predictions"] += float(value)
        elif name == "prediction_score_sum":
            totals["score"] += float(value)
    return Seen(int(totals["requests"]), int(totals["bad"]), int(totals["timed"] - totals["fast"]), int(totals["predictions"]), totals["score"])


def scrape(url: str, slow_seconds: float) -> Seen:
    with urllib.request.urlopen(url + "/metrics", timeout=5) as reply:
        return read_metrics(reply.read().decode(), slow_seconds)


def write_weight(path: Path, weight: int) -> None:
    """What proxy.py reads; on a cluster the same number goes into the virtual service."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"candidate": weight}))
    part.replace(path)


def run_canary(plan: dict, stable_url: str, candidate_url: str, weights: Path, poll_seconds: float = 5.0) -> dict:
    """Takes the candidate through the stages of the plan. Ends with 100 % for it, or 0 % and the reason."""
    bounds, slow = plan["bounds"], plan["bounds"]["slow_seconds"]
    for number, stage in enumerate(plan["canary"]["stages"]):
        write_weight(weights, stage["weight"])
        before = scrape(stable_url, slow), scrape(candidate_url, slow)
        verdict, reasons = "wait", []
        while verdict == "wait":
            time.sleep(poll_seconds)
            try:
                candidate = scrape(candidate_url, slow).minus(before[1])
            except OSError as error:
                verdict, reasons = "abort", [f"the candidate does not answer: {error}"]
                break
            verdict, reasons = judge(scrape(stable_url, slow).minus(before[0]), candidate, stage, bounds)
        if verdict == "abort":
            write_weight(weights, 0)
            return {"verdict": "aborted", "stage": number, "weight": stage["weight"], "reasons": reasons}
    return {"verdict": "released", "stage": len(plan["canary"]["stages"]) - 1, "weight": 100, "reasons": []}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["plan", "canary"])
    parser.add_argument("--stable")
    parser.add_argument("--candidate")
    parser.add_argument("--weights", type=Path, default=Path("weights.json"))
    args = parser.parse_args()
    plan = yaml.safe_load(PLAN.read_text("utf-8"))
    if args.what == "plan":
        print(f"active: {plan['active']} (written: {', '.join(plan['written'])})")
        for stage in plan.get("canary", {}).get("stages", []):
            print(f"  {stage['weight']:>3} %  {stage['requests']:>6} requests of the candidate  about {stage['seconds'] / 60:.0f} min")
        return 0
    if "canary" not in plan or not args.stable or not args.candidate:
        parser.error("canary needs --stable URL and --candidate URL, and a plan that has stages")
    result = run_canary(plan, args.stable, args.candidate, args.weights)
    print(json.dumps(result))
    return 0 if result["verdict"] == "released" else 1


if __name__ == "__main__":
    sys.exit(main())
