import { pluralize } from '../core/format-number.ts'
import { join } from 'node:path'
import { replaceFileWith } from '../core/atomic-file.ts'
import { type Database, openDatabase, quoteName } from '../data/duckdb-store.ts'
import { buildFeatures, rawRelation, rowColumn } from '../data/features.ts'
import { momentLiteral } from '../data/feature-store/moment-sql.ts'
import { pointInTimeJoin } from '../data/feature-store/point-in-time-join.ts'
import { selectSpreadFacts } from '../data/feature-store/spread-facts.ts'
import { appendFacts, readJoined } from '../data/feature-store/view-store.ts'
import type { SchemaPolicy } from '../data/schema/check-misfits.ts'
import { describeTable } from '../data/table/describe-table.ts'
import { describeChange, placeOfView } from './definition/feature-views.ts'
import { foldRuleOf } from './fold-rule.ts'
import { layoutOf } from './layout.ts'
import { findJoinedNames, type ProjectFeatures } from './definition/project-features.ts'
import type { StepContext } from './step.ts'

/** The feature table that was written. */
interface WrittenFeatures {
  /** From the project's folder on. */
  readonly path: string
  readonly rows: number
  /** Columns that every model gets. */
  readonly features: number
  /** Columns that each model learns from its own rows. */
  readonly learned: number
  readonly folds: number
}

/**
 * Stage 3: puts the facts of the raw table into the feature store and writes the feature table, each row with its fold.
 *
 * @throws {ToolkitError} as `buildFeatures`, `appendFacts` and `pointInTimeJoin`
 */
export async function features(context: StepContext): Promise<WrittenFeatures> {
  const { project, directory, parameters } = context
  const layout = layoutOf(project.name)
  const { featureStore } = project
  const raw = join(directory, layout.raw)
  using database = await openDatabase()
  if (featureStore !== undefined) {
    const policy = parameters.checks.schema
    await fillStore(database, featureStore, { context, raw, policy })
  }
  let rows = 0
  const made = project.featureList.length
  const learned = Object.keys(project.learned ?? {}).length
  await replaceFileWith(join(directory, layout.features), async (output) => {
    const built = await buildFeatures(
      database,
      { raw, place: layout.raw, output },
      {
        features: project.featureList,
        inputs: project.inputList,
        target: { name: project.target, field: project.schema.fields[project.target]! },
        ...(project.weight !== undefined && {
          weight: { name: project.weight, field: project.schema.fields[project.weight]! },
        }),
        folds: foldRuleOf(context),
        policy: parameters.checks.schema,
        ...(featureStore !== undefined && {
          join: (relation) => joinFacts(database, featureStore, { context, relation }),
        }),
      },
    )
    if (built.warning !== undefined) context.log(`warning: ${built.warning}`)
    rows = built.rows
    const more = learned === 0 ? '' : ` and ${learned} that each model learns`
    context.log(
      `${rows} ${pluralize(rows, 'row')}, ${made} ${pluralize(made, 'feature')}${more}, ${parameters.split.folds} folds`,
    )
  })
  const { folds } = parameters.split
  return { path: layout.features, rows, features: made, learned, folds }
}

async function fillStore(
  database: Database,
  { facts }: ProjectFeatures,
  {
    context,
    raw,
    policy,
  }: { readonly context: StepContext; readonly raw: string; readonly policy: SchemaPolicy },
): Promise<void> {
  for (const source of facts) {
    const table = await describeTable(database, selectSpreadFacts(source, rawRelation(raw)))
    const change = await appendFacts(database, placeOfView(source.view, context), table, policy)
    for (const line of describeChange(source.view, change)) context.log(line)
  }
}

/** The moment of all rows, as a column that no table has. */
const askedColumn = '#asked'

/** The raw table, its joined features taken from the store. */
async function joinFacts(
  database: Database,
  { joins, asked }: ProjectFeatures,
  { context, relation }: { readonly context: StepContext; readonly relation: string },
): Promise<string> {
  const joined = []
  for (const wanted of joins) {
    joined.push(await readJoined(wanted, placeOfView(wanted.view, context)))
  }
  const fromStore = findJoinedNames(joins).map(quoteName)
  const rows = await describeTable(
    database,
    `(SELECT * EXCLUDE (${fromStore.join(', ')}), ${momentLiteral(asked)} AS ${quoteName(askedColumn)}
      FROM ${relation} ORDER BY ${quoteName(rowColumn)})`,
  )
  return `(${pointInTimeJoin(rows, joined, { timestamp: askedColumn })})`
}
