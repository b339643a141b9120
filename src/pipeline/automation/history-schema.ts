/** The tables of the run history, one step per version; a step that was released is never edited. */

/** 'mlpH' in ASCII, in the header of every history: other SQLite files are left alone. */
export const applicationId = 0x6d6c7048

/** SQL that leads from version n to n + 1. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trigger TEXT NOT NULL,
    outcome TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    targets TEXT NOT NULL,
    folder TEXT NOT NULL,
    git_commit TEXT,
    message TEXT,
    unchanged INTEGER NOT NULL DEFAULT 0,
    process_id INTEGER NOT NULL,
    -- Tells the process from a later one with the same number.
    process_start TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_by_outcome ON runs (outcome) WHERE outcome = 'running';
  CREATE TABLE stages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    stage TEXT NOT NULL,
    outcome TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    reasons TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    exit_code INTEGER,
    message TEXT,
    log_path TEXT,
    UNIQUE (run_id, stage)
  ) STRICT;
  `,
]
