/** Experiments in the tracking database. */

import { ToolkitError } from '../../core/errors.ts'
import type { Experiment } from '../../core/tracking.ts'
import type { Row, TrackingDatabase } from './database-store.ts'
import { cutPage, type Page, type PageRequest } from './page.ts'
import { groupPairs, numberOf, textOf } from './rows.ts'
import type { Clause, OrderItem, Searchable } from '../search/search-filter.ts'
import { planConditions, planOrder, type SearchTables } from '../search/search-sql.ts'
import { planStages, type ViewType } from './view-type.ts'

export interface ExperimentSearch extends PageRequest {
  readonly viewType: ViewType
  readonly filter: readonly Clause[]
  readonly orderBy: readonly OrderItem[]
}

/** The fields a search for experiments may name. */
export const searchableExperiment: Searchable = {
  entities: new Set(['attribute', 'tag']),
  attributes: {
    name: 'text',
    experiment_id: 'text',
    creation_time: 'number',
    last_update_time: 'number',
  },
}

const tables: SearchTables = {
  columns: {
    name: 'name',
    experiment_id: 'CAST(experiment_id AS TEXT)',
    creation_time: 'creation_time',
    last_update_time: 'last_update_time',
  },
  sides: {
    tag: { table: 'experiment_tags', on: 'side.experiment_id = experiments.experiment_id' },
  },
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getExperiment(database: TrackingDatabase, experimentId: string): Experiment {
  const rows = database.rows('SELECT * FROM experiments WHERE experiment_id = ?', [
    toExperimentNumber(experimentId),
  ])
  const [experiment] = withTags(database, rows)
  if (experiment !== undefined) return experiment
  throw new ToolkitError('TRACKING_NOT_FOUND', `No Experiment with id=${experimentId} exists`)
}

/** Deleted ones too, as their names stay taken. */
export function findExperimentByName(
  database: TrackingDatabase,
  name: string,
): Experiment | undefined {
  return withTags(database, database.rows('SELECT * FROM experiments WHERE name = ?', [name]))[0]
}

export function searchExperiments(
  database: TrackingDatabase,
  search: ExperimentSearch,
): Page<Experiment> {
  const conditions = planConditions(search.filter, tables)
  const order = planOrder(search.orderBy, tables)
  const ties =
    search.orderBy.length === 0 ? 'creation_time DESC, experiment_id' : 'experiment_id DESC'
  const rows = database.rows(
    `SELECT * FROM experiments WHERE ${planStages(search.viewType)}${conditions.sql}
     ORDER BY ${order.sql}${ties} LIMIT ? OFFSET ?`,
    [...conditions.values, ...order.values, search.maxResults + 1, search.offset],
  )
  return cutPage(withTags(database, rows), search)
}

/** The id of the experiment, which is created when there is none; inside a transaction. */
export function provideExperiment(
  database: TrackingDatabase,
  name: string,
  time: number,
): { readonly experimentId: number; readonly artifactLocation: string } {
  database.change(
    `INSERT INTO experiments (name, artifact_location, creation_time, last_update_time)
     VALUES (?, '', ?, ?) ON CONFLICT (name) DO NOTHING`,
    [name, time, time],
  )
  database.change(
    `UPDATE experiments SET artifact_location = 'mlflow-artifacts:/' || experiment_id
     WHERE name = ? AND artifact_location = ''`,
    [name],
  )
  const row = database.row('SELECT * FROM experiments WHERE name = ?', [name])
  if (row === undefined) throw new TypeError('an experiment just written is missing')
  if (textOf(row, 'lifecycle_stage') === 'deleted') {
    throw new ToolkitError('TRACKING_INVALID', `the experiment '${name}' is deleted`, {
      hint: 'restore it, or name another experiment',
    })
  }
  return {
    experimentId: numberOf(row, 'experiment_id'),
    artifactLocation: textOf(row, 'artifact_location'),
  }
}

/** @throws {ToolkitError} `TRACKING_INVALID` when the id is not a whole number. */
export function toExperimentNumber(experimentId: string): number {
  if (/^\d{1,15}$/.test(experimentId)) return Number(experimentId)
  throw new ToolkitError(
    'TRACKING_INVALID',
    `Invalid experiment ID '${experimentId.slice(0, 100)}', expected an integer`,
  )
}

function withTags(database: TrackingDatabase, rows: readonly Row[]): Experiment[] {
  const ids = rows.map((row) => numberOf(row, 'experiment_id'))
  const tags = groupPairs(
    database.rows(
      'SELECT * FROM experiment_tags WHERE experiment_id IN (SELECT value FROM json_each(?)) ORDER BY key',
      [JSON.stringify(ids)],
    ),
    (row) => String(numberOf(row, 'experiment_id')),
  )
  return rows.map((row) => {
    const experimentId = String(numberOf(row, 'experiment_id'))
    return {
      experimentId,
      name: textOf(row, 'name'),
      artifactLocation: textOf(row, 'artifact_location'),
      lifecycleStage: textOf(row, 'lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
      creationTime: numberOf(row, 'creation_time'),
      lastUpdateTime: numberOf(row, 'last_update_time'),
      tags: tags.get(experimentId) ?? {},
    }
  })
}
