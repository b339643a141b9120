/** Searching logged models in the tracking database. */

import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import type { LoggedModel, LoggedModelOrder, LoggedModelSearch, Page } from '../../core/tracking.ts'
import type { SqlValue, TrackingDatabase } from '../store/database/database-store.ts'
import { completeLoggedModels } from '../store/models/logged-models-store.ts'
import type { Condition } from './condition.ts'
import { planCondition } from './condition-sql.ts'
import { planExperiments } from './experiment-ids.ts'
import { planOrder } from './order-sql.ts'
import { pairsSide } from './pairs-side.ts'
import { parseFilter } from './parse-filter.ts'
import { invalidSearch } from './refusal.ts'
import {
  resolveField,
  type Attribute,
  type Searchable,
  type Side,
  type SqlPart,
} from './searchable.ts'
import { followedBy, plainSql, selectPage } from './select-page.ts'

type Dataset = NonNullable<LoggedModelSearch['datasets']>[number]

const ofModel = 'side.model_id = logged_models.model_id'
const created: Attribute = { type: 'number', sql: 'creation_time' }
const updated: Attribute = { type: 'number', sql: 'last_update_time' }

const attributes: Searchable['attributes'] = {
  name: { type: 'text', sql: 'name' },
  model_id: { type: 'text', sql: 'model_id' },
  model_type: { type: 'text', sql: 'model_type' },
  status: { type: 'text', sql: 'status' },
  source_run_id: { type: 'text', sql: 'source_run_id' },
  experiment_id: { type: 'integer', sql: 'experiment_id' },
  artifact_location: { type: 'text', sql: 'artifact_uri' },
  creation_time: created,
  creation_timestamp: created,
  creation_timestamp_ms: created,
  last_updated_time: updated,
  last_updated_timestamp: updated,
  last_updated_timestamp_ms: updated,
}

/** Active ones. @throws {ToolkitError} `TRACKING_INVALID` */
export function searchLoggedModels(
  database: TrackingDatabase,
  search: LoggedModelSearch,
): Page<LoggedModel> {
  const { experimentIds, filter = '', datasets = [], orderBy = [] } = search
  const searchable = searchableWith(datasets)
  const condition = parseFilter(filter, searchable)
  const where = [
    planExperiments(experimentIds),
    plainSql(`lifecycle_stage = 'active'`),
    planCondition(condition, searchable),
    ...(datasets.length > 0 && !readsMetrics(condition) ? [hasMetricOn(datasets)] : []),
  ]
  const order = followedBy(planOrders(orderBy), 'creation_time DESC, model_id')
  const query = { table: 'logged_models', where, order }
  const request = { maxResults: search.maxResults, pageToken: readToken(search) }
  const { items, nextPageToken } = selectPage(database, query, request)
  return {
    items: completeLoggedModels(database, items),
    nextPageToken: nextPageToken === undefined ? undefined : writeToken(search, nextPageToken),
  }
}

/** @param datasets - the only ones whose metrics count; all when there are none */
function searchableWith(datasets: readonly Dataset[]): Searchable {
  return {
    attributes,
    sides: {
      metric: metricSide(datasets),
      param: pairsSide('logged_model_params', ofModel),
      tag: pairsSide('logged_model_tags', ofModel),
    },
    isLoose: true,
  }
}

/** Every point of a metric counts in a filter; an order takes the newest. */
function metricSide(datasets: readonly Dataset[]): Side {
  const { isSingle: _isNot, ...pairs } = pairsSide('logged_model_metrics', ofModel)
  const measured = measuredOn(datasets)
  return {
    ...pairs,
    type: 'number',
    hasNan: true,
    newest:
      'side.timestamp DESC, side.step DESC, side.run_id, side.dataset_name, side.dataset_digest',
    rows: (key) => {
      const { sql, values } = pairs.rows(key)
      return { sql: `${sql} AND ${measured.sql}`, values: [...values, ...measured.values] }
    },
  }
}

function measuredOn(datasets: readonly Dataset[]): SqlPart {
  if (datasets.length === 0) return plainSql('TRUE')
  const parts = datasets.map(({ name, digest }): SqlPart => {
    if (name === '')
      throw invalidSearch('`dataset_name` in the `datasets` clause must be specified.')
    const isNamed = 'side.dataset_name = ?'
    return digest === undefined
      ? { sql: isNamed, values: [name] }
      : { sql: `${isNamed} AND side.dataset_digest = ?`, values: [name, digest] }
  })
  return {
    sql: `(${parts.map(({ sql }) => sql).join(' OR ')})`,
    values: parts.flatMap(({ values }) => values),
  }
}

function hasMetricOn(datasets: readonly Dataset[]): SqlPart {
  const { sql, values } = measuredOn(datasets)
  return {
    sql: `EXISTS (SELECT 1 FROM logged_model_metrics AS side WHERE ${ofModel} AND ${sql})`,
    values,
  }
}

function readsMetrics(condition: Condition): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.conditions.some(readsMetrics)
    case 'not':
      return readsMetrics(condition.condition)
    case 'missing':
    case 'comparison':
      return condition.field.entity === 'metric'
  }
}

function planOrders(orderBy: readonly LoggedModelOrder[]): SqlPart {
  const parts = orderBy.map((order) => {
    const { field: text, isAscending, datasetName, datasetDigest } = order
    // A digest alone says nothing: it is of one name.
    const searchable = searchableWith(
      datasetName === undefined ? [] : [{ name: datasetName, digest: datasetDigest }],
    )
    const kind = text.includes('.') ? 'path' : 'word'
    const field = resolveField({ kind, text }, searchable)
    return planOrder([{ field, isDescending: !isAscending }], searchable)
  })
  const values: SqlValue[] = parts.flatMap((part) => part.values)
  return { sql: parts.map(({ sql }) => sql).join(''), values }
}

/** As MLflow's, a token goes with the search that gave it. */
function readToken(search: LoggedModelSearch): string | undefined {
  if (search.pageToken === undefined || search.pageToken === '') return undefined
  const [query, token] = search.pageToken.split('.')
  if (query === hashQuery(search)) return token
  throw new ToolkitError('TRACKING_INVALID', 'Invalid page token: it is of another search', {
    hint: 'ask for the next page with the same experiment_ids, filter, datasets and order_by',
  })
}

function writeToken(search: LoggedModelSearch, token: string): string {
  return `${hashQuery(search)}.${token}`
}

function hashQuery({ experimentIds, filter, orderBy, datasets }: LoggedModelSearch): string {
  const query = JSON.stringify([experimentIds, filter ?? '', orderBy ?? [], datasets ?? []])
  return createHash('sha256').update(query).digest('base64url').slice(0, 16)
}
