"""One drift check by pandas or polars with scipy, as a process of its own: drift_peer.py pandas|polars <reference> <current>"""

import json
import sys

from scipy.stats import ks_2samp, wasserstein_distance

tool, reference, current = sys.argv[1:4]

if tool == "pandas":
    import pandas as pd

    def read(path):
        # Parquet needs pyarrow, which the comparison leaves out; without round_trip pandas does not keep every digit.
        frame = pd.read_csv(path, float_precision="round_trip")
        return {name: frame[name].dropna().to_numpy() for name in frame.columns}
else:
    import polars as pl

    def read(path):
        frame = pl.read_csv(path) if path.endswith(".csv") else pl.read_parquet(path)
        return {name: frame[name].drop_nulls().to_numpy() for name in frame.columns}

a, b = read(reference), read(current)
answers = {}
for name in a:
    test = ks_2samp(a[name], b[name], method="asymp")
    answers[name] = {"ks": float(test.statistic), "p": float(test.pvalue), "wasserstein": float(wasserstein_distance(a[name], b[name]))}
print(json.dumps(answers))
