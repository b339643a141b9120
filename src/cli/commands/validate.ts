import { InvalidArgumentError, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { JsonObject } from '../../data/expectations/outcome.ts'
import { parseResultFormat, type ResultSettings } from '../../data/expectations/result-settings.ts'
import type { ValidationResult } from '../../data/expectations/validation-result.ts'
import { openStepContext } from '../project-context.ts'
import { addReadFlags, toReadOptions, type ReadFlags } from '../read-flags.ts'
import { fitText } from '../terminal-text.ts'

/** `mlpt validate`: holds a table against a suite; without a file, the project's raw data against its own. */
export function addValidateCommand(program: Command): void {
  const command = program
    .command('validate')
    .description('hold the data against an expectation suite; exit 3 when a critical one fails')
    .argument('[file]', 'table file; by default the raw data of the project, with its suite')
    .option('--suite <path>', 'suite in the JSON of Great Expectations')
    .option('--html <path>', 'write a report for people, one HTML file without scripts')
    .option('--hide-values', 'keep values of the data out of the report; counts stay in')
    .option('--json', "print Great Expectations' result as one JSON document")
    .option(
      '--result-format <format>',
      'how much the result says: BOOLEAN_ONLY, BASIC, SUMMARY, COMPLETE, or a JSON object with options',
      parseFormat,
    )
    .option(
      '--param <name=value>',
      'value of a parameter of the suite; may be repeated',
      collectParameter,
      {},
    )
    .option('--params <path>', 'JSON file with values of parameters')
    .option(
      '--split <path>',
      'write the rows that pass and those that fail, each with its reasons: rows.parquet gives rows-passing.parquet and rows-failing.parquet',
    )
  addReadFlags(command).action(runValidate)
}

interface ValidateFlags extends ReadFlags {
  readonly suite?: string
  readonly html?: string
  readonly hideValues?: boolean
  readonly json?: boolean
  readonly resultFormat?: ResultSettings
  readonly param: JsonObject
  readonly params?: string
  readonly split?: string
}

async function runValidate(file: string | undefined, flags: ValidateFlags): Promise<void> {
  if (file === undefined) {
    checkNoFlags(flags)
    const context = await openStepContext()
    const { validate } = await import('../../project/validate.ts')
    return validate(context)
  }
  if (flags.suite === undefined) {
    throw new ToolkitError('CLI_USAGE', `which suite '${file}' is held against is not said`, {
      hint: "name it with --suite; 'mlpt suite infer' writes a first one",
    })
  }
  const { holdFile } = await import('../../data/validate-table-file.ts')
  const { readParameters } = await import('../../data/validation-file.ts')
  const { renderValidation } = await import('../../data/validation-text.ts')
  const { checkVerdict } = await import('../../data/validation-verdict.ts')
  const given = flags.params === undefined ? {} : await readParameters(flags.params)
  const { result, split } = await holdFile(file, flags.suite, {
    reading: toReadOptions(flags),
    parameters: { ...given, ...flags.param },
    split: flags.split,
    ...(flags.resultFormat !== undefined && { resultFormat: flags.resultFormat }),
  })
  process.stdout.write(flags.json === true ? formatJson(result) : `${renderValidation(result)}\n`)
  if (flags.html !== undefined) await writePage(flags.html, { file, result, flags })
  if (split !== undefined) {
    const { renderSplit } = await import('../../data/quarantine/split-text.ts')
    // On stderr, since stdout has the result.
    for (const line of renderSplit(split)) process.stderr.write(`${fitText(line, Infinity)}\n`)
  }
  checkVerdict(result)
}

async function writePage(
  path: string,
  about: {
    readonly file: string
    readonly result: ValidationResult
    readonly flags: ValidateFlags
  },
): Promise<void> {
  const { renderValidationPage } = await import('../../data/page/validation-page.ts')
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const options = { name: about.file, hidesValues: about.flags.hideValues === true }
  await writeFileAtomically(path, renderValidationPage(about.result, options))
}

/** The project's stage takes no flags: what it does is written in the project. */
function checkNoFlags(flags: ValidateFlags): void {
  const given = Object.entries(flags).filter(
    ([name, value]) =>
      value !== undefined && !(name === 'param' && Object.keys(flags.param).length === 0),
  )
  if (given.length === 0) return
  throw new ToolkitError('CLI_USAGE', 'which file is held against the suite is not said', {
    hint: "name a table file; 'mlpt validate' alone checks the project's raw data",
  })
}

function parseFormat(text: string): ResultSettings {
  if (!text.startsWith('{')) return parseResultFormat(text.toUpperCase())
  try {
    return parseResultFormat(JSON.parse(text))
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    throw new InvalidArgumentError(`no JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

function collectParameter(text: string, before: JsonObject): JsonObject {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('expected name=value')
  }
  return { ...before, [name.trim()]: parseValue(value) }
}

/** JSON where it is JSON, such as a number or a list; else a text. */
function parseValue(text: string): JsonObject[string] {
  try {
    return JSON.parse(text)
  } catch {
    // A text without quotes is a text.
    return text
  }
}
