import { pluralize } from '../core/format-number.ts'
import { join } from 'node:path'
import { replaceFileWith } from '../core/atomic-file.ts'
import { openDatabase } from '../data/duckdb-store.ts'
import { ingestTable } from '../data/ingest.ts'
import { locateSource } from '../data/source-file.ts'
import { layoutOf } from './layout.ts'
import { findNewerTable } from './newer-table-file.ts'
import type { StepContext } from './step.ts'
import { writeJson } from '../core/json-file.ts'

const limits = { timeoutMs: 60_000, maxBytes: 128 * 2 ** 20 }

/** The table that was written. */
interface IngestedTable {
  /** From the project's folder on. */
  readonly path: string
  readonly rows: number
  /** Of the content that was read. */
  readonly sha256: string
}

/**
 * Stage 1: finds the data, checks its content against the pinned hash, writes
 * it typed as Parquet with a manifest. The manifest names the source of
 * record, not the copy that was read, so that it is the same on every machine.
 *
 * @param mirror - replaces the folder sources' path
 * @throws {ToolkitError} as `locateSource` and `ingestTable`
 */
export async function ingest(
  context: StepContext,
  mirror: string | undefined,
): Promise<IngestedTable> {
  const { project, directory, parameters } = context
  const layout = layoutOf(project.name)
  const source = await locateSource(project.sources, {
    projectDirectory: directory,
    mirror,
    temporaryDirectory: join(directory, '.mlpt', 'tmp'),
    limits,
  })
  context.log(`reading ${source.description}`)
  const newer = findNewerTable(context, source.path)
  if (newer !== undefined) {
    const { incoming } = layoutOf(project.name)
    context.log(
      `warning: '${newer}' is newer and is not read: it comes behind ${incoming} in project.ts. Take that away to begin anew with the table`,
    )
  }
  using database = await openDatabase()
  let rows = 0
  await replaceFileWith(join(directory, layout.raw), async (output) => {
    const table = await ingestTable(
      database,
      { path: source.path, place: source.description, read: source.read, output },
      project.schema,
      { sha256: parameters.ingest.sha256, policy: parameters.checks.schema },
    )
    if (table.warning !== undefined) context.log(`warning: ${table.warning}`)
    rows = table.rows
  })
  await writeJson(join(directory, layout.manifest), {
    source: project.citation,
    sha256: parameters.ingest.sha256,
    rows,
    schema: project.schema.fields,
  })
  context.log(`${rows} ${pluralize(rows, 'row')}, content as pinned in params.yaml`)
  return { path: layout.raw, rows, sha256: parameters.ingest.sha256 }
}
