import { pluralize } from '../../core/format-number.ts'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { InputFields } from '../../core/input-field.ts'
import { isTimeField } from '../../core/schema.ts'
import { formatJson } from '../../core/json.ts'
import type { CellForms } from '../../data/reading/read-options.ts'
import type { ScoredFile } from '../../project/predict/predict-file.ts'
import type { ServedModel } from '../../project/served-model.ts'
import { openNamedTable } from '../contexts/open-table.ts'
import { parseNames } from '../flags/parse-names.ts'
import { addReadFlags, type ReadFlags } from '../flags/read-flags.ts'
import { addPlaceFlags, type TrackerFlags } from '../flags/tracker-flags.ts'

/** `mlpt predict FILE`: predictions for every row of a table file. */
export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('score every row of a table file; exit 3 when cells do not fit the model')
    .argument('<file>', 'table file of any size')
    .option(
      '--model <selector>',
      "models:/name@alias, models:/name/3, or a model folder (default: the project's champion)",
    )
    .option('-o, --output <path>', "a .parquet, .csv or .jsonl file; '-' is CSV to stdout", '-')
    .option('--key <names>', 'columns that stand before the prediction, with commas', parseNames)
    .option('--explain', 'also what each column adds to the score')
    .option('--keep-going', 'leave the predictions of rows that do not fit empty')
    .option(
      '--rejected <path>',
      'a .parquet, .csv or .jsonl file for the rows that do not fit, with the reasons',
    )
    .option('--json', 'say what was done as one JSON document; needs --output')
  addReadFlags(addPlaceFlags(command)).action(runPredict)
}

interface PredictFlags extends ReadFlags, TrackerFlags {
  readonly model?: string
  readonly output: string
  readonly key?: readonly string[]
  readonly explain?: true
  readonly keepGoing?: true
  readonly rejected?: string
}

async function runPredict(file: string, flags: PredictFlags): Promise<void> {
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { scoreFile } = await import('../../project/predict/predict-file.ts')
  const { openSelectedModel } = await import('../contexts/open-selected-model.ts')
  const { textTypes } = await import('../../data/reading/text-types.ts')
  const { formsOf } = await import('../../data/reading/read-options.ts')
  const { readProjectForms } = await import('../contexts/project-forms.ts')
  checkFlags(flags)
  const { predictor, modelVersion } = await openSelectedModel(flags.model, flags)
  using database = await openDatabase()
  const type = textTypes(predictor.inputs, flags.type)
  const assumed = await readProjectForms()
  const forms = formsOf({ ...flags, assumed })
  await using opened = await openNamedTable(
    database,
    file,
    { ...flags, type },
    {
      asWritten: timesAsWritten(predictor.inputs, forms),
      assumed,
    },
  )
  const scored = await scoreFile({
    database,
    opened,
    place: file,
    predictor,
    keys: flags.key ?? [],
    isExplained: flags.explain ?? false,
    keepsGoing: flags.keepGoing ?? false,
    rejected: flags.rejected,
    output: flags.output,
    forms,
  })
  await report({ ...scored, predictor, modelVersion }, flags)
}

/** A day or a moment is one only as the API takes it, unless it is said how days are written. */
function timesAsWritten(inputs: InputFields, { dateOrder }: CellForms): readonly string[] {
  if (dateOrder !== undefined) return []
  return Object.entries(inputs).flatMap(([name, field]) => (isTimeField(field) ? [name] : []))
}

function checkFlags({ json, output }: PredictFlags): void {
  if (json !== true || output !== '-') return
  throw new ToolkitError('CLI_USAGE', '--json and the predictions would both go to stdout', {
    hint: 'name a file with --output',
  })
}

type Scored = ScoredFile & ServedModel

async function report(scored: Scored, flags: PredictFlags): Promise<void> {
  const { fitText } = await import('../output/terminal-text.ts')
  const { rows, unfitRows, warnings, warning, predictor, modelVersion } = scored
  for (const line of [...(warning?.split('\n') ?? []), ...describeWarnings(warnings)]) {
    process.stderr.write(`${fitText(line, Infinity)}\n`)
  }
  if (flags.json === true) {
    const { name, digest } = predictor
    const model = { name, version: modelVersion ?? null, digest }
    const { output, rejected = null } = flags
    process.stdout.write(formatJson({ output, rejected, rows, unfitRows, warnings, model }))
  } else process.stderr.write(`${describeRows(scored, flags)}\n`)
}

function describeWarnings(warnings: ScoredFile['warnings']): readonly string[] {
  if (warnings.length === 0) return []
  const total = warnings.reduce((sum, { count }) => sum + count, 0)
  const parts = warnings.map(
    ({ column, policy, count }) =>
      `${count} in '${column}' ${policy === 'impute' ? 'imputed' : 'scored as they are'}`,
  )
  return [
    `let through by the model's policies: ${total} ${pluralize(total, 'cell')}, ${parts.join(', ')}`,
  ]
}

function describeRows(scored: Scored, { keepGoing, rejected }: PredictFlags): string {
  const { rows, unfitRows, predictor, modelVersion } = scored
  const version = modelVersion === undefined ? '' : `, version ${modelVersion}`
  const left = [
    ...(unfitRows > 0 && keepGoing ? [`, ${unfitRows} of them without a prediction`] : []),
    ...(rejected === undefined ? [] : [`, ${unfitRows} rejected: ${rejected}`]),
  ]
  const told = keepGoing ? rows : rows - unfitRows
  return `${told} ${pluralize(told, 'row')} scored by ${predictor.name}${version}${left.join('')}`
}
