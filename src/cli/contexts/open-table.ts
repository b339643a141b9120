import type { Database } from '../../data/duckdb-store.ts'
import { openTable } from '../../data/reading/open-table-file.ts'
import type { ReadOptions } from '../../data/reading/read-options.ts'
import type { OpenedTable } from '../../data/reading/reading.ts'
import { readProjectForms } from './project-forms.ts'
import { toReadOptions, type ReadFlags } from '../flags/read-flags.ts'
import { fitText } from '../output/terminal-text.ts'

/** Opens the table file that a command names; what was noticed while reading it goes to stderr. */
export async function openNamedTable(
  database: Database,
  file: string,
  flags: ReadFlags,
  more: Pick<ReadOptions, 'asWritten' | 'assumed'> = {},
): Promise<OpenedTable> {
  const opened = await openTable(database, file, {
    ...toReadOptions(flags),
    whenInDoubt: readProjectForms,
    ...more,
  })
  for (const warning of opened.warnings) process.stderr.write(`${fitText(warning, Infinity)}\n`)
  return opened
}
