/** One page of a search. */

import type { Page } from '../../core/tracking.ts'
import type { Row, SqlValue, TrackingDatabase } from '../store/database/database-store.ts'
import { cutPage, offsetOf, type PageRequest } from '../store/database/page.ts'
import type { SqlPart } from './searchable.ts'

export interface Query {
  readonly table: string
  /** All of them hold. */
  readonly where: readonly SqlPart[]
  /** Terms that leave no ties. */
  readonly order: SqlPart
}

/** Rows of the table. */
export function selectPage(
  database: TrackingDatabase,
  query: Query,
  request: PageRequest,
): Page<Row> {
  const { sql, values } = planPage(query, '*', request)
  return cutPage(database.rows(sql, values), request)
}

/** What is to be read: one row more than the page has, which tells whether there is a next. */
export function planPage(
  { table, where, order }: Query,
  columns: string,
  request: PageRequest,
): { readonly sql: string; readonly values: readonly SqlValue[] } {
  return {
    sql: `SELECT ${columns} FROM ${table} WHERE ${where.map(({ sql }) => sql).join(' AND ')}
      ORDER BY ${order.sql} LIMIT ? OFFSET ?`,
    values: [
      ...where.flatMap(({ values }) => values),
      ...order.values,
      request.maxResults + 1,
      offsetOf(request),
    ],
  }
}

/** `lastly` decides where the asked order leaves ties. */
export function followedBy(order: SqlPart, lastly: string): SqlPart {
  return { sql: `${order.sql}${lastly}`, values: order.values }
}

/** A condition without values. */
export function plainSql(sql: string): SqlPart {
  return { sql, values: [] }
}
