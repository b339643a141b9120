"""Materializes a file of facts by Feast, window after window; prints what its online store then has of each key, as JSON."""

import json
import sys
import tempfile
import warnings
from datetime import datetime, timedelta

warnings.filterwarnings("ignore")
from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Bool, Float64, Int64, String
from feast_repository import open_repository

job = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    client = Entity(name="client", join_keys=["client"], value_type=ValueType.INT64)
    shop = Entity(name="shop", join_keys=["shop"], value_type=ValueType.STRING)
    view = FeatureView(
        name="facts",
        entities=[client, shop],
        ttl=timedelta(0),
        schema=[
            Field(name="client", dtype=Int64),
            Field(name="shop", dtype=String),
            Field(name="x", dtype=Float64),
            Field(name="n", dtype=Int64),
            Field(name="t", dtype=String),
            Field(name="b", dtype=Bool),
        ],
        source=FileSource(path=job["facts"], timestamp_field="moment", created_timestamp_column="created"),
    )
    store = open_repository(folder)
    store.apply([client, shop, view])
    answers = []
    for start, end in job["windows"]:
        store.materialize(datetime.fromisoformat(start), datetime.fromisoformat(end))
        found = store.get_online_features(
            features=[f"facts:{name}" for name in "xntb"],
            entity_rows=[{"client": one, "shop": other} for one, other in job["keys"]],
        ).to_dict()
        answers.append([list(row) for row in zip(*(found[name] for name in "xntb"))])
print("\n" + json.dumps(answers))
