"""Materializes into Feast's SQLite store and reads 2,000 entities one by one; prints seconds as JSON."""

import contextlib
import json
import sys
import tempfile
import time
from datetime import datetime, timezone

from feast_store import features, open_store

(facts,) = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    store = open_store(folder, facts)
    start = time.process_time()
    with contextlib.redirect_stdout(sys.stderr):
        store.materialize(datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 3, 1, tzinfo=timezone.utc))
    materialized = time.process_time() - start
    reads = []
    for i in range(2000):
        start = time.perf_counter()
        store.get_online_features(features=features, entity_rows=[{"client": i}]).to_dict()
        reads.append(time.perf_counter() - start)
    json.dump({"materializeCpuSeconds": materialized, "readMicroseconds": sorted(reads)[1000] * 1e6}, sys.stdout)
