"""Joins 5 features to rows by Feast's DuckDB store and writes them as Parquet; writes the CPU seconds of the join alone."""

import sys
import tempfile
import time

import pandas
import pyarrow.parquet
from feast_store import features, open_store

facts, rows, output, seconds = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    store = open_store(folder, facts)
    start = time.process_time()
    job = store.get_historical_features(entity_df=pandas.read_parquet(rows), features=features)
    pyarrow.parquet.write_table(job.to_arrow(), output, compression="zstd")
    with open(seconds, "w") as file:
        file.write(str(time.process_time() - start))
