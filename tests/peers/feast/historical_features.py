"""Joins each pair of files by Feast's DuckDB store; prints of each the features by row number, as JSON."""

import json
import sys
import tempfile
import warnings
from datetime import timedelta

warnings.filterwarnings("ignore")
import pandas
from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float64
from feast_repository import open_repository

answers = []
for job in json.load(sys.stdin):
    with tempfile.TemporaryDirectory() as folder:
        client = Entity(name="client", join_keys=["client"], value_type=ValueType.INT64)
        branch = Entity(name="branch", join_keys=["branch"], value_type=ValueType.INT64)
        view = FeatureView(
            name="facts",
            entities=[client, branch],
            ttl=timedelta(hours=job["ttlHours"]),
            schema=[Field(name="x", dtype=Float64), Field(name="y", dtype=Float64)],
            source=FileSource(
                path=job["facts"],
                timestamp_field="moment",
                created_timestamp_column="created" if job["hasCreated"] else "",
            ),
        )
        store = open_repository(folder)
        store.apply([client, branch, view])
        rows = pandas.read_parquet(job["rows"]).rename(columns={"asked": "event_timestamp"})
        found = store.get_historical_features(entity_df=rows, features=["facts:x", "facts:y"]).to_df()
        found = found.astype(object).where(found.notna(), None)
        answers.append(sorted([int(row.number), row.x, row.y] for row in found.itertuples()))
json.dump(answers, sys.stdout)
