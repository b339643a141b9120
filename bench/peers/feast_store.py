"""A Feast store over one Parquet file of facts: five features of a client, kept 3 days; DuckDB offline, SQLite online."""

import warnings
from datetime import timedelta

warnings.filterwarnings("ignore")
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig
from feast.types import Float64

features = [f"facts:f{k}" for k in range(1, 6)]


def open_store(folder, facts):
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
    return store
