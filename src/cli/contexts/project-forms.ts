import { ToolkitError } from '../../core/errors.ts'
import type { ReadOptions } from '../../data/reading/read-options.ts'
import type { DataSource } from '../../data/source.ts'
import { fitText } from '../output/terminal-text.ts'

/**
 * How text, numbers and days are written in the tables of the project in the current folder: as the first of its sources that are text says. What is about the
 * project's model assumes that of every delimited text; nothing where there is no project.
 */
export async function readProjectForms(): Promise<NonNullable<ReadOptions['assumed']>> {
  const sources = await loadSources()
  // Rows of the log, which come first where models are trained of them, are Parquet.
  const source = sources.find((each) => !isTyped(each))
  if (source === undefined || source.kind === 'zip-excel') return {}
  const { decimal, thousands, dateOrder, encoding } = source.read ?? {}
  return {
    ...(encoding !== undefined && { encoding }),
    ...(decimal !== undefined && { decimal }),
    ...(thousands !== undefined && { thousands }),
    ...(dateOrder !== undefined && { dateOrder }),
  }
}

function isTyped(source: DataSource): boolean {
  return source.kind === 'folder' && source.files.every((file) => file.endsWith('.parquet'))
}

/** What is asked of a model by its name needs no project: one that cannot be loaded is told, and stops nothing. */
async function loadSources(): Promise<readonly DataSource[]> {
  const { hasProject, loadProject } = await import('../../project/project-file.ts')
  const directory = process.cwd()
  if (!(await hasProject(directory))) return []
  try {
    return (await loadProject(directory)).sources
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    const words = `warning: ${error.message}; text, numbers and days are read as if it said nothing of them`
    process.stderr.write(`${fitText(words, Infinity)}\n`)
    return []
  }
}
