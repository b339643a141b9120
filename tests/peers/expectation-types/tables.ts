/** Small tables with the edges that Great Expectations and ours must agree on. */

import type { Database } from '../../../src/data/duckdb-store.ts'

/** Every table has the same columns: texts, numbers with and without missing ones, booleans, times. */
export const tableNames = ['edges', 'plain', 'long', 'one', 'nothing', 'empty'] as const

export async function createTables(database: Database): Promise<void> {
  await database.run(`CREATE TABLE edges (
    i BIGINT, k BIGINT, big BIGINT, t VARCHAR, u VARCHAR, f DOUBLE, g DOUBLE, n DOUBLE, o BOOLEAN,
    d TIMESTAMP, e VARCHAR, j VARCHAR)`)
  await database.run(`INSERT INTO edges VALUES
    (1, 1, 9007199254740993, 'a', 'é', 1.5, 0.25, NULL, true, '2024-01-01', '2024-01-05', '{"a": 1}'),
    (2, 2, 9007199254740992, 'b', 'naïve', 'NaN', 2.5, NULL, true, '2024-01-02 12:30:00', '2024-1-5', '[1, 2]'),
    (2, 3, -9007199254740993, 'b', 'a_b', 2.5, -7.125, NULL, false, NULL, '05/01/2024', 'NaN'),
    (3, 4, 0, 'ab', '100%', 'Infinity', 0, NULL, false, '2024-02-29', '2024-02-30', '{"a": "x"}'),
    (NULL, 5, 1, NULL, 'ß', 3.5, 1e10, NULL, true, '2024-02-29', 'soon', '{"a": 1,}'),
    (50, 6, 9007199254740993, 'zürich 42', ' ', -1.0, 2.5, NULL, true, '2023-12-31', '10:11', '"text"'),
    (NULL, 1, 7, NULL, 'a\nb', NULL, 3.1, NULL, true, '2024-01-01', '20240105', '')`)
  await database.run(`CREATE TABLE plain AS SELECT
    r AS i, 10 - r AS k, r * 1000000 AS big, chr(97 + r::INTEGER) AS t, 'x' || r AS u, r / 4 AS f, r / 2 AS g,
    NULL::DOUBLE AS n, r % 2 = 0 AS o, TIMESTAMP '2024-01-01' + to_days(r::INTEGER) AS d,
    '2024-01-0' || (r + 1) AS e, '{"a": ' || r || '}' AS j
    FROM (SELECT unnest(range(0, 8))::BIGINT AS r)`)
  await database.run(`CREATE TABLE long AS SELECT
    CASE WHEN r % 7 = 0 THEN NULL ELSE r * 37 % 50 END AS i,
    r * 31 % 90 + 1 AS k,
    r * 1000003 % 17 AS big,
    CASE WHEN r % 11 = 0 THEN NULL ELSE chr(CAST(97 + r % 5 AS INTEGER)) || (r % 13) END AS t,
    chr(CAST(233 + r % 3 AS INTEGER)) || repeat('z', (r % 6)::INTEGER) AS u,
    CASE WHEN r % 5 = 0 THEN 'NaN'::DOUBLE ELSE CAST(r * 17 % 101 AS DOUBLE) / 7 END AS f,
    CAST(r * 29 % 103 AS DOUBLE) / 3 - 10 AS g,
    NULL::DOUBLE AS n,
    r % 3 = 0 AS o,
    CASE WHEN r % 9 = 0 THEN NULL ELSE TIMESTAMP '2024-01-01' + to_hours((r * 7 % 40)::INTEGER) END AS d,
    CASE WHEN r % 10 = 0 THEN 'x' ELSE '2024-0' || (r % 9 + 1) || '-1' || (r % 10) END AS e,
    '{"a": ' || (r % 4) || '}' AS j
    FROM (SELECT unnest(range(0, 120))::BIGINT AS r)`)
  await database.run('CREATE TABLE one AS SELECT * FROM edges LIMIT 1')
  await database.run(`CREATE TABLE nothing AS SELECT
    NULL::DOUBLE AS i, NULL::DOUBLE AS k, NULL::DOUBLE AS big, NULL::VARCHAR AS t, NULL::VARCHAR AS u,
    NULL::DOUBLE AS f, 'NaN'::DOUBLE AS g, NULL::DOUBLE AS n, true AS o, NULL::TIMESTAMP AS d,
    NULL::VARCHAR AS e, NULL::VARCHAR AS j FROM range(3)`)
  await database.run('CREATE TABLE empty AS SELECT * FROM edges LIMIT 0')
}
