"""Validates single expectations with Great Expectations: argv is a file of cases and a file for the answers."""

import json
import logging
import os
import sys
import warnings

os.environ["GX_ANALYTICS_ENABLED"] = "false"
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import great_expectations as gx
import pandas
from great_expectations.core import ExpectationSuite
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


def finite(value):
    """JSON has no infinity."""
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return value.item() if hasattr(value, "item") else value


context = gx.get_context(mode="ephemeral")
source = context.data_sources.add_pandas("tables")
answers = []
for number, table in enumerate(json.load(open(sys.argv[1]))):
    definition = source.add_dataframe_asset(str(number)).add_batch_definition_whole_dataframe("all")
    batch = definition.get_batch({"dataframe": pandas.read_parquet(table["path"])})
    found = {}
    expectations = []
    for index, item in enumerate(table["items"]):
        config = ExpectationConfiguration(type=item["type"], kwargs=item["kwargs"], meta={"index": index})
        try:
            expectations.append(config.to_domain_obj())
        except Exception as error:
            found[index] = {"refused": str(error)}
    # Of one suite, GX gives the quantiles of the first expectation about a column to all of them.
    alone = [each for each in expectations if "quantile" in each.expectation_type]
    together = [each for each in expectations if "quantile" not in each.expectation_type]
    results = []
    for part in [together, *([each] for each in alone)]:
        suite = ExpectationSuite(name="s", expectations=part)
        results += batch.validate(suite, result_format="SUMMARY").to_json_dict()["results"]
    for result in results:
        raised = '"raised_exception": true' in json.dumps(result["exception_info"], default=str)
        found[result["expectation_config"]["meta"]["index"]] = {
            "success": bool(result["success"]),
            "raised": json.dumps(result["exception_info"], default=str) if raised else None,
            "result": finite(result["result"]),
        }
    answers.append([found.get(index) for index in range(len(table["items"]))])
with open(sys.argv[2], "w") as file:
    json.dump(answers, file, allow_nan=False, default=str)
