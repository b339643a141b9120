import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asWriteError, writeFileAtomically } from '../core/atomic-file.ts'
import { formatCsvCell } from '../core/csv-cell.ts'
import { createRandom } from '../core/random.ts'
import { formatCanonicalCell } from '../data/schema/canonical-cell.ts'
import { generateTable, type GeneratedTable } from '../data/generate.ts'
import { layoutOf, parametersFile, projectFile } from './layout.ts'
import { pinHash } from './pin-hash.ts'
import { loadProject } from './project-file.ts'

/** The folder of the generated CSV, below the demo's folder. */
export const demoDataFolder = 'generated'

/**
 * Writes a project that is the one in `from`, on generated data: the same
 * dvc.yaml, project.ts and expectations, params.yaml with the generated data's
 * hash, and the data itself, to be used as the mirror.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_WRITE_FAILED`
 */
export async function writeDemo(options: {
  readonly from: string
  readonly to: string
  readonly rows: number
  readonly seed: number
}): Promise<void> {
  const { from, to } = options
  const project = await loadProject(from)
  const table = generateTable(project.schema, {
    rows: options.rows,
    key: project.key,
    target: project.target,
    random: createRandom(options.seed),
  })
  const rows = formatRows(table)
  const csv = [...table.keys()].map(formatCsvCell).join(',') + rows
  const [source] = project.sources.flatMap((s) => (s.kind === 'folder' ? s.files : []))
  await writeFileAtomically(join(to, demoDataFolder, source ?? `${project.name}.csv`), csv)
  for (const name of ['dvc.yaml', projectFile, layoutOf(project.name).suite]) {
    await copyInto(from, to, name)
  }
  const parameters = await readFile(join(from, parametersFile), 'utf8')
  const canonical = [...table.keys()].join(',') + rows
  const sha256 = createHash('sha256').update(canonical).digest('hex')
  await writeFileAtomically(join(to, parametersFile), pinHash(parameters, sha256))
  // An empty config marks the folder as a root of its own, for mlpt and dvc alike.
  await writeFileAtomically(join(to, '.dvc', 'config'), '')
}

async function copyInto(from: string, to: string, name: string): Promise<void> {
  try {
    await mkdir(dirname(join(to, name)), { recursive: true })
    await copyFile(join(from, name), join(to, name))
  } catch (error) {
    throw asWriteError(join(to, name), error)
  }
}

/** All but the header, from the end of its line on. */
function formatRows(table: GeneratedTable): string {
  const columns = [...table.values()]
  const rows = columns[0]?.length ?? 0
  const lines = Array.from({ length: rows }, (_, r) =>
    columns.map((column) => formatCanonicalCell(column[r]!)).join(','),
  )
  return `${['', ...lines].join('\n')}\n`
}
