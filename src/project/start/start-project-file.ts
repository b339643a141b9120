import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Schema } from '../../core/schema.ts'
import { openDatabase, type Database } from '../../data/duckdb-store.ts'
import { formatSuite } from '../../data/expectations/write-suite.ts'
import { inferSuite } from '../../data/inference/infer-suite.ts'
import { ingestTable } from '../../data/ingest.ts'
import { profileTable } from '../../data/profile/profile-table.ts'
import { openTable } from '../../data/reading/open-table-file.ts'
import type { CellForms } from '../../data/reading/read-options.ts'
import type { SourceReading } from '../../data/source.ts'
import { initRepository } from '../../pipeline/versioning/init-repository-file.ts'
import { layoutOf, parametersFile, projectFile } from '../layout.ts'
import { loadProject } from '../project-file.ts'
import { writeDefinition } from './definition-text.ts'
import { writeParameters } from './parameters-text.ts'
import { findPlainColumns } from './plain-columns-store.ts'
import { listUnused, proposeProject, type ProposedProject } from './propose-project.ts'
import { writeStages } from './stages-text.ts'

/** What to make a project of. */
export interface ProjectStart {
  /** Absolute; the files are written into it. */
  readonly directory: string
  /** A table file; relative to the current folder. */
  readonly file: string
  readonly target: string
  /** The column that names the rows; found when absent. */
  readonly key: string | undefined
  /** Of a target of two texts or codes the one whose probability is asked for; found when absent. */
  readonly positive?: string | undefined
  /** Taken from the file's name when absent. */
  readonly name: string | undefined
  readonly read: SourceReading
}

/** A project that was written, and what a reader of the table was told. */
export interface StartedProject {
  readonly project: ProposedProject
  /** Relative paths, in the order in which one reads them. */
  readonly files: readonly string[]
  /** How numbers and days are written in the table, where that is not as everywhere. */
  readonly forms: CellForms
  readonly warnings: readonly string[]
}

/**
 * Writes the four files of a project for a table: what its columns are, numbers to begin with, the stages, and a suite
 * of expectations. Nothing that is there is overwritten.
 *
 * @throws {ToolkitError} `PATH_FORBIDDEN` where one of the files is there; as `openTable`, `proposeProject`,
 *   `ingestTable`, `initRepository`, `loadProject`
 */
export async function startProject(start: ProjectStart): Promise<StartedProject> {
  const { directory, file } = start
  const name = start.name ?? nameOf(file)
  const files = [projectFile, parametersFile, 'dvc.yaml', layoutOf(name).suite]
  checkFree(directory, files)
  using database = await openDatabase()
  const { project, read, forms, warnings } = await propose(database, start, name)
  const source = {
    folder: relative(directory, dirname(resolve(file))) || '.',
    file: basename(file),
    read,
  }
  const { sha256, suite } = await readAsIngested(database, { project, source: start, read, name })
  const inside = join(source.folder, source.file)
  const isInside = !inside.startsWith('..') && !isAbsolute(inside)
  const texts = [
    writeDefinition(project, name, source),
    writeParameters(project.output, { rows: project.rows, sha256 }),
    writeStages(name, project.output, isInside ? inside : undefined),
    suite,
  ]
  await startRepository(directory)
  for (const [i, path] of files.entries()) {
    await writeFileAtomically(join(directory, path), texts[i]!)
  }
  // What was written is read as every command reads it: that the library is not found here, say, is told now.
  await loadProject(directory)
  return { project, files, forms, warnings }
}

/** A name that `defineProject` takes. */
function nameOf(file: string): string {
  const [stem = ''] = basename(file).split('.')
  const name = stem.replaceAll(/[^\w-]+/g, '_').slice(0, 100)
  return /^[A-Za-z]/.test(name) ? name : `table_${name}`.slice(0, 100)
}

function checkFree(directory: string, files: readonly string[]): void {
  const there = files.filter((path) => existsSync(join(directory, path)))
  if (there.length === 0) return
  throw new ToolkitError(
    'PATH_FORBIDDEN',
    `${there.map((path) => `'${join(directory, path)}'`).join(', ')}: there is a project already`,
    { hint: 'go to an empty folder, or move them away' },
  )
}

async function propose(
  database: Database,
  { file, target, key, positive, read: given }: ProjectStart,
  name: string,
): Promise<Omit<StartedProject, 'files'> & { readonly read: SourceReading }> {
  await using opened = await openTable(database, file, given)
  const { reading, warnings, table } = opened
  // `mlpt ingest` takes nothing for missing that it was not told of, but the empty cell.
  const missing = reading.missing.flatMap(({ text }) => (text === '' ? [] : [text]))
  // Nor does it guess how numbers and days are written, where that is not as everywhere.
  const { decimal, ...others } = reading.forms ?? {}
  const forms = { ...(decimal === ',' && { decimal }), ...others }
  const read = {
    ...given,
    ...forms,
    ...(missing.length > 0 && { missing }),
  }
  const { rows, columns } = await profileTable(database, table)
  const plain = await findPlainColumns(database, file, read, columns)
  const known = columns.map((profile) => ({ profile, isPlain: plain.has(profile.name) }))
  const project = proposeProject(known, { name, target, key, positive, rows })
  return {
    project,
    read: { ...read, ...(project.isNumbered && { rowNumber: project.key }) },
    forms,
    warnings,
  }
}

/** The hash of the table and a suite for it, as the stages will see it. */
async function readAsIngested(
  database: Database,
  options: {
    readonly project: ProposedProject
    readonly source: ProjectStart
    readonly read: SourceReading
    readonly name: string
  },
): Promise<{ readonly sha256: string; readonly suite: string }> {
  const { project, source, read, name } = options
  const schema: Schema = {
    fields: Object.fromEntries(project.columns.map((column) => [column.name, column.field])),
  }
  const folder = mkdtempSync(join(tmpdir(), 'mlpt-new-'))
  try {
    const output = join(folder, 'raw.parquet')
    const { sha256 } = await ingestTable(
      database,
      { path: source.file, place: source.file, read, output },
      schema,
      { sha256: undefined, policy: 'error' },
    )
    await using raw = await openTable(database, output, {})
    const profile = await profileTable(database, raw.table)
    const idle = listUnused(project).map((column) => column.name)
    const suite = inferSuite(profile, { name, key: project.key, idle })
    return { sha256, suite: formatSuite(suite) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A repository of dvc's, with git where there is git; none within another. */
async function startRepository(directory: string): Promise<void> {
  const hasGit = hasAbove(directory, '.git')
  if (!hasAbove(directory, '.dvc')) {
    const isSubfolder = hasGit && !existsSync(join(directory, '.git'))
    await initRepository({ directory, withoutGit: !hasGit, isSubfolder })
  }
  if (hasGit) await ignoreStore(join(directory, '.gitignore'))
}

function hasAbove(directory: string, name: string): boolean {
  if (existsSync(join(directory, name))) return true
  return dirname(directory) !== directory && hasAbove(dirname(directory), name)
}

/** Runs and models are kept in the store, programs in node_modules: neither is for git. */
async function ignoreStore(path: string): Promise<void> {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = new Set(text.split('\n').map((line) => line.trim().replaceAll('/', '')))
  const wanted = ['.mlpt', 'node_modules'].filter((name) => !lines.has(name))
  if (wanted.length === 0) return
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`
  await writeFileAtomically(path, `${start}${wanted.map((name) => `/${name}\n`).join('')}`)
}
