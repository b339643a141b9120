"""Joins 5 features to rows by Feast's DuckDB store and writes them as Parquet; prints the seconds of the join alone."""

import sys
import tempfile
import time
import warnings
from datetime import timedelta

warnings.filterwarnings("ignore")
import pandas
import pyarrow.parquet
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig
from feast.types import Float64

facts, rows, output, seconds = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    client = Entity(name="client", join_keys=["client"], value_type=ValueType.INT64)
    view = FeatureView(
        name="facts",
        entities=[client],
        ttl=timedelta(days=3),
        schema=[Field(name=f"f{k}", dtype=Float64) for k in range(1, 6)],
        source=FileSource(path=facts, timestamp_field="event_timestamp", created_timestamp_column="created"),
    )
    store = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            registry=f"{folder}/registry.db",
            offline_store=DuckDBOfflineStoreConfig(),
            online_store={"type": "sqlite", "path": f"{folder}/online.db"},
            entity_key_serialization_version=3,
        )
    )
    store.apply([client, view])
    start = time.process_time()
    job = store.get_historical_features(
        entity_df=pandas.read_parquet(rows), features=[f"facts:f{k}" for k in range(1, 6)]
    )
    pyarrow.parquet.write_table(job.to_arrow(), output, compression="zstd")
    with open(seconds, "w") as file:
        file.write(str(time.process_time() - start))
