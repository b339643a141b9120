import { pluralize } from '../../core/format-number.ts'
import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addLogFolderFlag } from '../flags/log-folder-flag.ts'
import { findModelOutput } from '../contexts/find-model-output.ts'
import { addReadFlags, toReadOptions, type ReadFlags } from '../flags/read-flags.ts'
import { fitText } from '../output/terminal-text.ts'
import { addTrackerFlags, type TrackerFlags } from '../flags/tracker-flags.ts'

/** `mlpt feedback FILE`: what turned out to be true, into the prediction log. */
export function addFeedbackCommand(program: Command): void {
  const command = program
    .command('feedback')
    .description('add labels to the prediction log; the same file counts once')
    .argument('<file>', 'table file with the columns id, label and, if it has one, time')
    .option('--model <name>', "whose log; by default the project's name")
    .option('--id <column>', 'column with the ids of the predictions', 'id')
    .option('--label <column>', 'column with what turned out to be true', 'label')
    .option('--time <column>', 'column that says when it became known', 'time')
  addReadFlags(addTrackerFlags(addLogFolderFlag(command))).action(addFeedback)
}

interface FeedbackFlags extends ReadFlags, TrackerFlags {
  readonly model?: string
  readonly log: string
  readonly id: string
  readonly label: string
  readonly time: string
}

async function addFeedback(file: string, flags: FeedbackFlags): Promise<void> {
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { openTable } = await import('../../data/reading/open-table-file.ts')
  const { formsOf } = await import('../../data/reading/read-options.ts')
  const { readProjectForms } = await import('../contexts/project-forms.ts')
  const { importFeedback } =
    await import('../../monitoring/prediction-log/import-feedback-store.ts')
  const model = flags.model ?? (await nameOfProject())
  const output = await findModelOutput(model, flags)
  if (output === undefined) warn(`nobody knows what '${model}' gives: any number counts as a label`)
  using database = await openDatabase()
  const reading = { ...toReadOptions(flags), assumed: await readProjectForms() }
  await using opened = await openTable(database, file, { ...reading, allText: true })
  for (const warning of opened.warnings) process.stderr.write(`${fitText(warning, Infinity)}\n`)
  const { id, label, time, log: root } = flags
  const imported = await importFeedback({
    database,
    opened,
    path: file,
    root,
    model,
    columns: { id, label, time },
    output,
    forms: formsOf(reading),
    // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
    now: Date.now(),
  })
  if (flags.json === true) {
    process.stdout.write(formatJson({ model, ...imported }))
    return
  }
  const { labels, rowsWithoutLabel, isRepeated } = imported
  const without =
    rowsWithoutLabel === 0
      ? ''
      : `; ${rowsWithoutLabel} ${rowsWithoutLabel === 1 ? 'row has' : 'rows have'} none`
  const done = isRepeated
    ? `${labels === 1 ? 'is' : 'are'} there already: this file was read before`
    : `added to the log of ${model}`
  process.stdout.write(
    `${fitText(`${labels} ${pluralize(labels, 'label')} ${done}${without}`, Infinity)}\n`,
  )
}

function warn(message: string): void {
  process.stderr.write(`warning: ${fitText(message, Infinity)}\n`)
}

/** The model of the project in the current folder. */
async function nameOfProject(): Promise<string> {
  const { loadProject } = await import('../../project/project-file.ts')
  return (await loadProject(process.cwd())).name
}
