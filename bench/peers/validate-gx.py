"""Validates a Parquet file with a suite in the way Great Expectations is documented, and prints how many expectations hold."""

import json
import logging
import sys

import pandas

import great_expectations as gx
from great_expectations.core import ExpectationSuite

logging.disable(logging.CRITICAL)
table, suite_path = sys.argv[1:]
with open(suite_path) as file:
    described = json.load(file)
context = gx.get_context(mode="ephemeral")
source = context.data_sources.add_pandas("tables")
asset = source.add_dataframe_asset("table")
batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
    batch_parameters={"dataframe": pandas.read_parquet(table)}
)
suite = ExpectationSuite(name=described["name"], expectations=described["expectations"])
result = batch.validate(suite, result_format="SUMMARY")
with open(f"{suite_path}.gx.json", "w") as file:
    json.dump([result.statistics["successful_expectations"], result.statistics["evaluated_expectations"]], file)
