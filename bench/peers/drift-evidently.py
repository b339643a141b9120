"""Compares two Parquet files by Evidently's preset, as it is documented, and writes its HTML report; prints the drifted columns."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")
import pandas
from evidently import Report
from evidently.presets import DataDriftPreset

reference, current, page, counted = sys.argv[1:]
result = Report([DataDriftPreset()]).run(
    current_data=pandas.read_parquet(current), reference_data=pandas.read_parquet(reference)
)
result.save_html(page)
metrics = json.loads(result.json())["metrics"]
with open(counted, "w") as file:
    json.dump(next(metric["value"]["count"] for metric in metrics if metric["metric_name"].startswith("DriftedColumnsCount")), file)
