"""A Feast repository in a folder: facts are read by DuckDB, the online store is SQLite."""

from feast import FeatureStore, RepoConfig
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig


def open_repository(folder: str) -> FeatureStore:
    return FeatureStore(
        config=RepoConfig(
            project="peers",
            provider="local",
            registry=f"{folder}/registry.db",
            offline_store=DuckDBOfflineStoreConfig(),
            online_store={"type": "sqlite", "path": f"{folder}/online.db"},
            entity_key_serialization_version=3,
        )
    )
