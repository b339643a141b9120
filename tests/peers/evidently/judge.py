"""Evidently's own preset on pairs of Parquet files: reads a list of pairs as JSON, writes what it says of each."""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import numpy as np
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset


def judge(reference, current):
    np.random.seed(0)
    before, after = pd.read_parquet(reference), pd.read_parquet(current)
    answer = Report([DataDriftPreset()]).run(after, before).dict()
    columns = {}
    share = None
    for metric in answer["metrics"]:
        config, value = metric["config"], metric["value"]
        if config["type"].endswith("DriftedColumnsCount"):
            share = float(value["share"])
        else:
            columns[config["column"]] = {
                "method": config["method"],
                "threshold": config["threshold"],
                "score": float(value),
            }
    return {"share": share, "columns": columns}


print(json.dumps([judge(*pair) for pair in json.load(sys.stdin)]))
