/** A project's feature store: which facts its raw table holds, and what of them models get. */

import type { Fields } from '../../core/schema.ts'
import { namesOf, type WantedView } from '../../data/feature-store/point-in-time-join.ts'
import {
  findSpreadProblems,
  isMoment,
  type SpreadFacts,
} from '../../data/feature-store/spread-facts.ts'

/** Facts go from the raw table into the store, and from there, as they were at a moment, into the feature table. */
export interface ProjectFeatures {
  readonly facts: readonly SpreadFacts[]
  /** The moment at which the features of all rows are wanted, such as '2005-10-01'. */
  readonly asked: string
  /** Each gives columns of the feature table: features of the project, or what such are made of. */
  readonly joins: readonly WantedView[]
}

/** What does not fit the project. */
export function findFeatureStoreProblems(
  { facts, asked, joins }: ProjectFeatures,
  { fields, used }: { readonly fields: Fields; readonly used: ReadonlySet<string> },
): string[] {
  const columns = Object.keys(fields)
  const views = facts.map(({ view }) => view)
  const names = views.map(({ name }) => name)
  const double = names.filter((name, i) => names.indexOf(name) < i)
  return [
    ...facts.flatMap((source) =>
      findSpreadProblems(source, columns).map(
        (problem) => `facts of '${source.view.name}': ${problem}`,
      ),
    ),
    ...double.map((name) => `two feature views are called '${name}'`),
    ...(isMoment(asked) ? [] : [`'${asked}' is no date such as 2005-10-01`]),
    ...joins
      .filter(({ view }) => !views.includes(view))
      .map(({ view }) => `the view '${view.name}' is joined and has no facts`),
    ...findJoinedNames(joins)
      .filter((name) => !used.has(name))
      .map(
        (name) =>
          `the joined column '${name}' is no feature of the project, and none is made of it`,
      ),
  ]
}

/** The columns that the joins give. */
export function findJoinedNames(joins: readonly WantedView[]): string[] {
  return joins.flatMap((wanted) => namesOf(wanted).map(([, name]) => name))
}
