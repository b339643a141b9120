"""Puts runs into the database of an mlflow server that has been there before: what would take it an hour over HTTP.

Arguments: the database, the number of runs, the number of metrics of each. The values are those of bench/tracking/runs.ts.
"""

import sqlite3
import sys

path, run_count, metric_count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
database = sqlite3.connect(path)
experiment = database.execute(
    "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)"
    " VALUES ('search', 'mlflow-artifacts:/search', 'active', 1, 1, 'default')"
).lastrowid
for i in range(run_count):
    run = f'{i:032x}'
    database.execute(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,"
        " source_version, lifecycle_stage, artifact_uri, experiment_id) VALUES (?, ?, 'UNKNOWN', '', '', 'u', 'FINISHED', ?, ?, '', 'active', ?, ?)",
        (run, f'run {i}', 1000 + i, 2000 + i, f'mlflow-artifacts:/search/{run}/artifacts', experiment),
    )
    metrics = [(f'm{j}', (i * 7919 + j * 104729) % 100003 / 100003, run) for j in range(metric_count)]
    database.executemany('INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, 1, ?, 0, 0)', metrics)
    database.executemany('INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, 1, ?, 0, 0)', metrics)
    database.execute("INSERT INTO params (key, value, run_uuid) VALUES ('depth', ?, ?)", (str(i % 7), run))
    database.execute("INSERT INTO tags (key, value, run_uuid) VALUES ('mlflow.runName', ?, ?)", (f'run {i}', run))
database.commit()
print(experiment)
