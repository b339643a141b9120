/**
 * The tables of the tracking database, one step per version. A step that was
 * released is never edited: a change is a new step at the end.
 */

/** 'mlpt' in ASCII, in the header of every tracking database: other SQLite files are left alone. */
export const applicationId = 0x6d6c7074

/** SQL that leads from version n to n + 1. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE experiments (
    experiment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    artifact_location TEXT NOT NULL,
    lifecycle_stage TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle_stage IN ('active', 'deleted')),
    creation_time INTEGER NOT NULL,
    last_update_time INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE experiment_tags (
    experiment_id INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment_id, key)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO experiments (experiment_id, name, artifact_location, creation_time, last_update_time)
  VALUES (0, 'Default', 'mlflow-artifacts:/0', 0, 0);

  CREATE TABLE runs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    run_name TEXT NOT NULL,
    experiment_id INTEGER NOT NULL REFERENCES experiments,
    user_id TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    artifact_uri TEXT NOT NULL,
    lifecycle_stage TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle_stage IN ('active', 'deleted'))
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (experiment_id, lifecycle_stage, start_time DESC, run_id);
  CREATE TABLE params (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tags (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, key)
  ) STRICT, WITHOUT ROWID;
  -- SQLite has no NaN: it is stored as value 0 and a flag, as MLflow does.
  CREATE TABLE metrics (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    step INTEGER NOT NULL,
    value REAL NOT NULL,
    is_nan INTEGER NOT NULL,
    PRIMARY KEY (run_id, key, timestamp, step, value, is_nan)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE latest_metrics (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    step INTEGER NOT NULL,
    value REAL NOT NULL,
    is_nan INTEGER NOT NULL,
    PRIMARY KEY (run_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX latest_metrics_by_value ON latest_metrics (key, value);

  CREATE TABLE registered_models (
    name TEXT PRIMARY KEY,
    description TEXT NOT NULL DEFAULT '',
    creation_timestamp INTEGER NOT NULL,
    last_updated_timestamp INTEGER NOT NULL,
    -- Counts on, whatever is deleted: a version number never means two models.
    next_version INTEGER NOT NULL DEFAULT 1
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE registered_model_tags (
    name TEXT NOT NULL REFERENCES registered_models ON DELETE CASCADE ON UPDATE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE model_versions (
    name TEXT NOT NULL REFERENCES registered_models ON DELETE CASCADE ON UPDATE CASCADE,
    version INTEGER NOT NULL,
    run_id TEXT,
    source TEXT NOT NULL,
    description TEXT NOT NULL,
    creation_timestamp INTEGER NOT NULL,
    last_updated_timestamp INTEGER NOT NULL,
    PRIMARY KEY (name, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE model_version_tags (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, version, key),
    FOREIGN KEY (name, version) REFERENCES model_versions ON DELETE CASCADE ON UPDATE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE model_aliases (
    name TEXT NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (name, alias),
    FOREIGN KEY (name, version) REFERENCES model_versions ON DELETE CASCADE ON UPDATE CASCADE
  ) STRICT, WITHOUT ROWID;
  -- No foreign keys: what happened stays on record when the model is gone.
  CREATE TABLE registry_audit (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp INTEGER NOT NULL,
    action TEXT NOT NULL,
    name TEXT NOT NULL,
    alias TEXT,
    from_version INTEGER,
    to_version INTEGER,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE INDEX registry_audit_by_name ON registry_audit (name, sequence);
  `,
  `
  -- A run's metric is a series with a number: without run id and key in each of its points, histories take a
  -- third of the room. AUTOINCREMENT: points of a deleted series may be swept later, and never meet a new one.
  CREATE TABLE metric_series (
    series_id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    UNIQUE (run_id, key)
  ) STRICT;
  -- NaN is value 0 and a flag. No foreign key: millions of points go in small steps, after their series (garbage).
  CREATE TABLE metric_points (
    series_id INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    step INTEGER NOT NULL,
    value REAL NOT NULL,
    is_nan INTEGER NOT NULL,
    PRIMARY KEY (series_id, timestamp, step, value, is_nan)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX metric_points_by_step ON metric_points (series_id, step);
  INSERT INTO metric_series (run_id, key) SELECT DISTINCT run_id, key FROM metrics;
  INSERT INTO metric_points (series_id, timestamp, step, value, is_nan)
    SELECT series_id, timestamp, step, value, is_nan FROM metrics JOIN metric_series USING (run_id, key);
  DROP TABLE metrics;
  -- Searches look each run's metric up by its primary key: the index only made every point dearer.
  DROP INDEX latest_metrics_by_value;
  ALTER TABLE runs ADD COLUMN deleted_time INTEGER;
  -- What lost its row and is still to be removed: artifact folders, and the points of series.
  CREATE TABLE garbage (
    kind TEXT NOT NULL CHECK (kind IN ('artifacts', 'series')),
    place TEXT NOT NULL,
    PRIMARY KEY (kind, place)
  ) STRICT, WITHOUT ROWID;

  -- What of MLflow's model was not there yet: datasets, logged models, stages, tags of models.
  CREATE TABLE datasets (
    dataset_id INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source TEXT NOT NULL,
    schema TEXT,
    profile TEXT,
    UNIQUE (experiment_id, name, digest)
  ) STRICT;
  CREATE TABLE run_datasets (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
    -- A JSON object; searched by its 'mlflow.data.context'.
    tags TEXT NOT NULL,
    PRIMARY KEY (run_id, dataset_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE run_models (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    direction TEXT NOT NULL CHECK (direction IN ('input', 'output')),
    model_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (run_id, direction, model_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE logged_models (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id TEXT NOT NULL UNIQUE,
    experiment_id INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
    name TEXT NOT NULL,
    model_type TEXT NOT NULL,
    source_run_id TEXT NOT NULL,
    artifact_uri TEXT NOT NULL,
    status TEXT NOT NULL,
    creation_time INTEGER NOT NULL,
    last_update_time INTEGER NOT NULL,
    lifecycle_stage TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle_stage IN ('active', 'deleted'))
  ) STRICT;
  CREATE INDEX logged_models_by_time ON logged_models (experiment_id, lifecycle_stage, creation_time DESC, model_id);
  CREATE TABLE logged_model_params (
    model_id TEXT NOT NULL REFERENCES logged_models (model_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE logged_model_tags (
    model_id TEXT NOT NULL REFERENCES logged_models (model_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model_id, key)
  ) STRICT, WITHOUT ROWID;
  -- Empty dataset columns: the metric names no data.
  CREATE TABLE logged_model_metrics (
    model_id TEXT NOT NULL REFERENCES logged_models (model_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    step INTEGER NOT NULL,
    value REAL NOT NULL,
    is_nan INTEGER NOT NULL,
    run_id TEXT NOT NULL,
    dataset_name TEXT NOT NULL,
    dataset_digest TEXT NOT NULL,
    PRIMARY KEY (model_id, key, timestamp, step, run_id, dataset_name, dataset_digest, value, is_nan)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE model_versions ADD COLUMN model_id TEXT;
  ALTER TABLE model_versions ADD COLUMN run_link TEXT NOT NULL DEFAULT '';
  ALTER TABLE model_versions ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE model_versions ADD COLUMN stage TEXT NOT NULL DEFAULT 'None'
    CHECK (stage IN ('None', 'Staging', 'Production', 'Archived'));
  -- Where a source like 'models:/…' led when the version was registered; empty: the source says it.
  ALTER TABLE model_versions ADD COLUMN storage_location TEXT NOT NULL DEFAULT '';
  CREATE INDEX model_versions_by_stage ON model_versions (name, stage, version);
  ALTER TABLE registry_audit ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
  -- The stages before and after, a new name, …: what the action is about, as a JSON object.
  ALTER TABLE registry_audit ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

  CREATE TABLE webhooks (
    webhook_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    url TEXT NOT NULL,
    -- A JSON list of {entity, action}.
    events TEXT NOT NULL,
    secret TEXT,
    status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'DISABLED')),
    creation_timestamp INTEGER NOT NULL,
    last_updated_timestamp INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- What is still to be sent: written in the transaction of the event, gone when it was delivered or given up.
  CREATE TABLE webhook_deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Tells receivers that an attempt is one of several for the same event.
    delivery_id TEXT NOT NULL UNIQUE,
    webhook_id TEXT NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (next_attempt, sequence);

  CREATE TABLE access_tokens (
    name TEXT PRIMARY KEY,
    -- SHA-256 of the token, which has 256 random bits: nothing slower is needed.
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('read', 'write', 'admin')),
    creation_time INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
]
