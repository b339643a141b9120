/** Searching runs in the tracking database. */

import type { Page, Pairs, Run, RunSearch } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database/database-store.ts'
import { runNameTag } from '../store/runs/run-rules.ts'
import { completeRuns } from '../store/runs/runs-store.ts'
import { planStages } from './view-type.ts'
import type { Condition } from './condition.ts'
import { planCondition } from './condition-sql.ts'
import { planExperiments } from './experiment-ids.ts'
import { planOrder } from './order-sql.ts'
import { pairsSide } from './pairs-side.ts'
import { parseFilter } from './parse-filter.ts'
import { parseOrder } from './parse-order.ts'
import type { Attribute, Searchable, Side } from './searchable.ts'
import { followedBy, plainSql, selectPage, type Query } from './select-page.ts'

const ofRun = 'side.run_id = runs.run_id'
const startTime: Attribute = { type: 'number', sql: 'start_time' }
const runName: Attribute = {
  type: 'text',
  sql: 'run_name',
  // As in MLflow: a run that lost this tag keeps its name, and is not found by it.
  filterTag: runNameTag,
}

const datasetColumns: Readonly<Record<string, string>> = {
  name: 'datasets.name',
  digest: 'datasets.digest',
  context: `(side.tags ->> '$."mlflow.data.context"')`,
}

/** Any dataset that the run read. */
const datasetSide: Side = {
  type: 'text',
  rows: () => plainSql(`FROM run_datasets AS side JOIN datasets USING (dataset_id) WHERE ${ofRun}`),
  value: (key) => datasetColumns[key] ?? 'NULL',
  keys: Object.keys(datasetColumns),
}

/** The fields of runs. */
export const searchableRun: Searchable = {
  attributes: {
    run_id: { type: 'text', sql: 'run_id' },
    run_name: runName,
    'run name': runName,
    'Run name': runName,
    'Run Name': runName,
    status: { type: 'text', sql: 'status' },
    user_id: { type: 'text', sql: 'user_id' },
    artifact_uri: { type: 'text', sql: 'artifact_uri' },
    start_time: startTime,
    created: startTime,
    Created: startTime,
    end_time: { type: 'number', sql: 'end_time' },
  },
  sides: {
    metric: { ...pairsSide('latest_metrics', ofRun), type: 'number', hasNan: true },
    param: pairsSide('params', ofRun),
    tag: pairsSide('tags', ofRun),
    dataset: datasetSide,
  },
}

/** Runs of the given experiments; none when there are no experiments. @throws {ToolkitError} `TRACKING_INVALID` */
export function searchRuns(database: TrackingDatabase, search: RunSearch): Page<Run> {
  const query = planRunSearch(search)
  const page = selectPage(database, query, search)
  return { ...page, items: completeRuns(database, page.items) }
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function planRunSearch(search: RunSearch): Query {
  const { experimentIds, viewType = 'ACTIVE_ONLY', filter = '', orderBy = [] } = search
  return {
    table: 'runs',
    where: [
      planExperiments(experimentIds),
      plainSql(planStages(viewType)),
      planCondition(parseFilter(filter, searchableRun), searchableRun),
    ],
    order: followedBy(
      planOrder(parseOrder(orderBy, searchableRun), searchableRun),
      'start_time DESC, run_id',
    ),
  }
}

/** Active runs with all the given tags, newest first. */
export function findRuns(database: TrackingDatabase, experimentName: string, tags: Pairs): Run[] {
  const tagged: Condition = { kind: 'all', conditions: Object.entries(tags).map(hasTag) }
  const { sql, values } = planCondition(tagged, searchableRun)
  const rows = database.rows(
    `SELECT * FROM runs WHERE lifecycle_stage = 'active' AND ${sql}
     AND experiment_id = (SELECT experiment_id FROM experiments WHERE name = ?)
     ORDER BY start_time DESC, sequence DESC`,
    [...values, experimentName],
  )
  return completeRuns(database, rows)
}

function hasTag([key, value]: readonly [string, string]): Condition {
  return {
    kind: 'comparison',
    field: { entity: 'tag', key, type: 'text' },
    operator: '=',
    isNegated: false,
    values: [value],
  }
}
