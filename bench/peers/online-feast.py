"""Materializes into Feast's SQLite store and reads 2,000 entities one by one; prints seconds as JSON."""

import contextlib
import json
import sys
import tempfile
import time
import warnings
from datetime import datetime, timedelta, timezone

warnings.filterwarnings("ignore")
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig
from feast.types import Float64

(facts,) = sys.argv[1:]
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
    with contextlib.redirect_stdout(sys.stderr):
        store.materialize(datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 3, 1, tzinfo=timezone.utc))
    materialized = time.process_time() - start
    features = [f"facts:f{k}" for k in range(1, 6)]
    reads = []
    for i in range(2000):
        start = time.perf_counter()
        store.get_online_features(features=features, entity_rows=[{"client": i}]).to_dict()
        reads.append(time.perf_counter() - start)
    json.dump({"materializeCpuSeconds": materialized, "readMicroseconds": sorted(reads)[1000] * 1e6}, sys.stdout)
