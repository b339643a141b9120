import { Option, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { ServedModel } from '../../project/served-model.ts'
import { openNamedTable } from '../open-table.ts'
import { parseNames } from '../parse-names.ts'
import { addReadFlags, type ReadFlags } from '../read-flags.ts'

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
    .option('--json', 'say what was done as one JSON document; needs --output')
    .addOption(
      new Option('--store <folder>', 'folder of the tracking store')
        .env('MLPT_STORE')
        .default('.mlpt'),
    )
  addReadFlags(command).action(runPredict)
}

interface PredictFlags extends ReadFlags {
  readonly model?: string
  readonly output: string
  readonly key?: readonly string[]
  readonly explain?: true
  readonly keepGoing?: true
  readonly json?: true
  readonly store: string
}

async function runPredict(file: string, flags: PredictFlags): Promise<void> {
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { scoreFile } = await import('../../project/predict-file.ts')
  const { openSelectedModel } = await import('../open-selected-model.ts')
  const { fitText } = await import('../terminal-text.ts')
  checkFlags(flags)
  const { predictor, modelVersion } = await openSelectedModel(flags.model, flags.store)
  using database = await openDatabase()
  await using opened = await openNamedTable(database, file, flags)
  const { rows, unfitRows, warning } = await scoreFile({
    database,
    opened,
    place: file,
    predictor,
    keys: flags.key ?? [],
    isExplained: flags.explain ?? false,
    keepsGoing: flags.keepGoing ?? false,
    output: flags.output,
  })
  for (const line of warning?.split('\n') ?? []) {
    process.stderr.write(`${fitText(line, Infinity)}\n`)
  }
  report({ rows, unfitRows, predictor, modelVersion }, flags)
}

function checkFlags({ json, output }: PredictFlags): void {
  if (json !== true || output !== '-') return
  throw new ToolkitError('CLI_USAGE', '--json and the predictions would both go to stdout', {
    hint: 'name a file with --output',
  })
}

interface Scored extends ServedModel {
  readonly rows: number
  readonly unfitRows: number
}

function report({ rows, unfitRows, predictor, modelVersion }: Scored, flags: PredictFlags): void {
  const { name, digest } = predictor
  if (flags.json === true) {
    const model = { name, version: modelVersion ?? null, digest }
    process.stdout.write(formatJson({ output: flags.output, rows, unfitRows, model }))
    return
  }
  const without = unfitRows === 0 ? '' : `, ${unfitRows} of them without a prediction`
  const version = modelVersion === undefined ? '' : `, version ${modelVersion}`
  process.stderr.write(`${rows} rows scored by ${name}${version}${without}\n`)
}
