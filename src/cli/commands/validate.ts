import { InvalidArgumentError, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { JsonObject } from '../../data/expectations/outcome.ts'
import { parseResultFormat, type ResultSettings } from '../../data/expectations/result-settings.ts'
import type { PreviousVersion } from '../../data/compare-validations.ts'
import type { Suite } from '../../data/expectations/suite.ts'
import type { ValidationResult } from '../../data/expectations/validation-result.ts'
import type { ValidationPageOptions } from '../../data/page/validation-page.ts'
import type { ValidateFileOptions } from '../../data/validate-table-file.ts'
import { addReadFlags, toReadOptions, type ReadFlags } from '../flags/read-flags.ts'
import { readProjectForms } from '../contexts/project-forms.ts'
import { fitText } from '../output/terminal-text.ts'

/** `mlpt validate`: holds a table against a suite; without a file, the project's raw data against its own. */
export function addValidateCommand(program: Command): void {
  const command = program
    .command('validate')
    .description('hold the data against an expectation suite; exit 3 when a critical one fails')
    .argument('[file]', 'table file; by default the raw data of the project, with its suite')
    .option('--suite <path>', 'suite in the JSON of Great Expectations')
    .option('--html <path>', 'write a report for people, one HTML file without scripts')
    .option(
      '--previous <path>',
      'version of the data before, to compare with: a table file, a profile, or what --json printed',
    )
    .option('--hide-values', 'keep values of the data out of all that is said; counts stay in')
    .option('--json', "print Great Expectations' result as one JSON document")
    .option(
      '--result-format <format>',
      'how much the result says: BOOLEAN_ONLY, BASIC, SUMMARY, COMPLETE, or a JSON object with options',
      parseFormat,
    )
    .option(
      '--fail-on-empty',
      'fail what would hold only because there are no rows or values to check',
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
  readonly previous?: string
  readonly failOnEmpty?: boolean
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
    const { openStepContext } = await import('../contexts/project-context.ts')
    const context = await openStepContext()
    const { validate } = await import('../../project/validate.ts')
    return validate(context)
  }
  if (flags.suite === undefined) {
    throw new ToolkitError('CLI_USAGE', `which suite '${file}' is held against is not said`, {
      hint: "name it with --suite; 'mlpt suite infer' writes a first one",
    })
  }
  const { readSuite } = await import('../../data/validation-file.ts')
  const { holdFile } = await import('../../data/validate-table-file.ts')
  const { hideValues } = await import('../../data/expectations/hide-values.ts')
  const { renderValidation } = await import('../../data/validation-text.ts')
  const { checkVerdict } = await import('../../data/validation-verdict.ts')
  const suite = await readSuite(flags.suite)
  const options = await readOptions(flags)
  const previous = await readPrevious(flags, suite, options)
  const { result, split, evidence } = await holdFile(file, suite, {
    ...options,
    split: flags.split,
    hasEvidence: flags.html !== undefined,
  })
  const told = flags.hideValues === true ? hideValues(result) : result
  process.stdout.write(flags.json === true ? formatJson(told) : `${renderValidation(told)}\n`)
  if (previous?.result !== undefined) await tellChanges(told, previous)
  if (flags.html !== undefined) {
    await writePage(flags.html, result, {
      name: file,
      hidesValues: flags.hideValues === true,
      ...(evidence !== undefined && { evidence }),
      ...(previous !== undefined && { previous }),
    })
  }
  if (split !== undefined) {
    const { renderSplit } = await import('../../data/quarantine/split-text.ts')
    // On stderr, since stdout has the result.
    for (const line of renderSplit(split)) process.stderr.write(`${fitText(line, Infinity)}\n`)
  }
  checkVerdict(told)
}

async function readOptions(flags: ValidateFlags): Promise<ValidateFileOptions> {
  const { readParameters } = await import('../../data/validation-file.ts')
  const given = flags.params === undefined ? {} : await readParameters(flags.params)
  return {
    reading: { ...toReadOptions(flags), whenInDoubt: readProjectForms },
    parameters: { ...given, ...flags.param },
    ...(flags.failOnEmpty === true && { failsOnEmpty: true }),
    ...(flags.resultFormat !== undefined && { resultFormat: flags.resultFormat }),
  }
}

async function readPrevious(
  { previous, html }: ValidateFlags,
  suite: Suite,
  options: ValidateFileOptions,
): Promise<PreviousVersion | undefined> {
  if (previous === undefined) return undefined
  const { readPreviousVersion } = await import('../../data/previous-version-file.ts')
  return readPreviousVersion(previous, suite, { ...options, hasEvidence: html !== undefined })
}

/** On stderr, since stdout has the result. */
async function tellChanges(result: ValidationResult, previous: PreviousVersion): Promise<void> {
  const { renderChanges } = await import('../../data/compare-validations.ts')
  for (const line of renderChanges(result, previous)) {
    process.stderr.write(`${fitText(line, Infinity)}\n`)
  }
}

async function writePage(
  path: string,
  result: ValidationResult,
  options: ValidationPageOptions,
): Promise<void> {
  const { renderValidationPage } = await import('../../data/page/validation-page.ts')
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  await writeFileAtomically(path, renderValidationPage(result, options))
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
