/** Facts that stand side by side in the rows of a table, six months of statements say, as one row a fact. */

import { quoteName } from '../duckdb-store.ts'
import type { FeatureView } from './feature-view.ts'
import { momentLiteral } from './moment-sql.ts'

/** Where the facts of a view stand in a row. */
export interface SpreadFacts {
  readonly view: FeatureView
  /**
   * By moment, an ISO 8601 date such as '2005-09-30' or an instant: the column of each feature. Entities stand in columns of
   * their own names.
   */
  readonly moments: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** What does not fit: columns that are not there, features that are not the view's, moments that are none. */
export function findSpreadProblems(
  { view, moments }: SpreadFacts,
  columns: readonly string[],
): string[] {
  const absent = [
    ...Object.keys(view.entities),
    ...Object.values(moments).flatMap((features) => Object.values(features)),
  ].filter((name) => !columns.includes(name))
  const features = Object.keys(view.features)
  return [
    ...[...new Set(absent)].map((name) => `there is no column '${name}'`),
    ...Object.entries(moments).flatMap(([moment, named]) => [
      ...(isMoment(moment) ? [] : [`'${moment}' is no date such as 2005-09-30`]),
      ...features
        .filter((name) => !(name in named))
        .map((name) => `at ${moment} there is no column for '${name}'`),
      ...Object.keys(named)
        .filter((name) => !features.includes(name))
        .map((name) => `at ${moment}: '${name}' is no feature of '${view.name}'`),
    ]),
  ]
}

/** A date, or an instant in UTC. */
export function isMoment(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString().startsWith(text.slice(0, 10))
  )
}

/** The facts, with the columns of the view. @param relation - the rows, for SQL's FROM */
export function selectSpreadFacts({ view, moments }: SpreadFacts, relation: string): string {
  const entities = Object.keys(view.entities).map(quoteName)
  const selects = Object.entries(moments).map(([moment, named]) => {
    const features = Object.entries(named).map(
      ([feature, column]) => `${quoteName(column)} AS ${quoteName(feature)}`,
    )
    const at = `${momentLiteral(moment)} AS ${quoteName(view.timestamp)}`
    return `SELECT ${[...entities, at, ...features].join(', ')} FROM ${relation}`
  })
  return `(${selects.join(' UNION ALL BY NAME ')})`
}
