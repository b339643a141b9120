import { ToolkitError, messageOf } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { expectationTypes } from './catalogue.ts'
import { findDuplicateKeys } from './duplicate-keys.ts'
import type { ExpectationType } from './expectation-type.ts'
import { isJsonObject, type JsonObject } from './outcome.ts'
import { hasParameter } from './parameters/fill-parameters.ts'
import { parseRowCondition } from './row-condition/parse-condition.ts'
import { type Expectation, isSeverity, severities, type Suite } from './suite.ts'
import { isOldForm, upgradeSuite } from './upgrade-suite.ts'

/** Where something is wrong in a suite, what, and what to do. */
interface Problem {
  readonly message: string
  readonly hint?: string | undefined
}

/**
 * Reads a suite of Great Expectations, stricter than GX: an unknown type, which
 * GX drops with a log line, is a problem of the suite, because nothing passes
 * when nothing is checked. The form before 1.0 is read with a warning.
 *
 * A wrong expectation stays in the suite, with its `problems`: it fails when
 * the suite is asked, and the others are asked as ever.
 *
 * @param text - the JSON
 * @param place - the file's name, for messages
 * @throws {ToolkitError} `SUITE_INVALID` with every problem of the file as a whole:
 *   no JSON, no name, no expectations, an unknown or a repeated key.
 *
 * @example
 * ```ts
 * import { parseSuite } from 'ml-pipeline-toolkit'
 * const item = { type: 'expect_column_to_exist', kwargs: { colum: 'age' } }
 * const suite = parseSuite(JSON.stringify({ name: 'people', expectations: [item] }), 'people.json')
 * suite.expectations[0].severity // => 'critical'
 * suite.problems[1].hint // => "did you mean 'column'?"
 * ```
 */
export function parseSuite(text: string, place: string): Suite {
  const json = parseJson(text, place)
  const problems: Problem[] = findDuplicateKeys(text).map(({ key, line }) => ({
    message: `line ${line} repeats the key '${key}'`,
    hint: 'remove one of the two',
  }))
  if (!isJsonObject(json)) {
    throw suiteError(place, [
      ...problems,
      { message: 'is no JSON object', hint: 'write {"name": …, "expectations": […]}' },
    ])
  }
  const isOld = isOldForm(json)
  const suite = isOld ? upgradeSuite(json) : json
  problems.push(...findSuiteProblems(suite))
  if (problems.length > 0) throw suiteError(place, problems)
  const items = Array.isArray(suite['expectations']) ? suite['expectations'] : []
  const wrong = items.flatMap((item: unknown, index) =>
    findExpectationProblems(item).map(({ message, hint }) => ({
      index,
      message: `${place}: expectations[${index}] ${message}`,
      hint,
    })),
  )
  return {
    ...toSuite(suite, items.map(toExpectation)),
    ...(wrong.length > 0 && { problems: wrong }),
    ...(isOld && {
      warnings: [
        `${place} has the form of Great Expectations 0.x; 'mlpt suite upgrade' rewrites it`,
      ],
    }),
  }
}

function toSuite(json: JsonObject, expectations: readonly Expectation[]): Suite {
  const { name, id, meta, notes, suite_parameters: parameters } = json
  return {
    name: toText(name),
    expectations,
    meta: isJsonObject(meta) ? meta : {},
    ...(typeof id === 'string' && { id }),
    ...(isNotes(notes) && { notes }),
    ...(isJsonObject(parameters) &&
      Object.keys(parameters).length > 0 && { suite_parameters: parameters }),
  }
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const message = messageOf(error)
    throw new ToolkitError('SUITE_INVALID', `${place} is no JSON: ${message}`, {
      hint: 'mend the place named above',
      cause: error,
    })
  }
}

function suiteError(place: string, problems: readonly Problem[]): ToolkitError {
  const lines = problems.map(({ message, hint }) =>
    hint === undefined ? `    ${message}` : `    ${message}; ${hint}`,
  )
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new ToolkitError('SUITE_INVALID', `${place} has ${count}:\n${lines.join('\n')}`, {
    hint: 'mend the suite; it has the form of Great Expectations 1.x',
    details: { problems: problems.map(({ message }) => message) },
  })
}

const suiteKeys = ['name', 'id', 'expectations', 'meta', 'notes', 'suite_parameters']

function findSuiteProblems(suite: JsonObject): Problem[] {
  const problems = findUnknownKeys(suite, suiteKeys)
  const { name, expectations, meta, suite_parameters: parameters } = suite
  if (typeof name !== 'string' || name === '') {
    problems.push({ message: describeField('name', name, 'a text'), hint: 'name the suite' })
  }
  if (!Array.isArray(expectations)) {
    problems.push({ message: describeField('expectations', expectations, 'a list') })
  } else if (expectations.length === 0) {
    problems.push({
      message: 'has no expectations, so nothing passes because nothing is checked',
      hint: 'write at least one, or remove the validation',
    })
  }
  if (meta !== undefined && meta !== null && !isJsonObject(meta)) {
    problems.push({ message: describeField('meta', meta, 'an object') })
  }
  if (parameters !== undefined && parameters !== null && !isJsonObject(parameters)) {
    problems.push({ message: describeField('suite_parameters', parameters, 'an object') })
  }
  return problems
}

const expectationKeys = [
  'type',
  'kwargs',
  'meta',
  'id',
  'severity',
  'notes',
  'description',
  'rendered_content',
]

function findExpectationProblems(item: unknown): Problem[] {
  if (!isJsonObject(item)) {
    return [{ message: `is ${JSON.stringify(item)}, expected an object` }]
  }
  const problems = findUnknownKeys(item, expectationKeys)
  const { severity, meta } = item
  if (severity !== undefined && severity !== null && !isSeverity(severity)) {
    problems.push({
      message: describeField('severity', severity, `one of ${severities.join(', ')}`),
    })
  }
  if (meta !== undefined && meta !== null && !isJsonObject(meta)) {
    problems.push({ message: describeField('meta', meta, 'an object') })
  }
  return [...problems, ...findTypeProblems(item)]
}

function findTypeProblems(item: JsonObject): Problem[] {
  const { type: name, kwargs = {} } = item
  if (typeof name !== 'string') return [{ message: describeField('type', name, 'a text') }]
  const type = expectationTypes.get(name)
  if (type === undefined) {
    const known = [...expectationTypes.keys()]
    return [
      {
        message: `has the unknown type '${name}'`,
        hint: nameHint(name, known, 'types this version knows'),
      },
    ]
  }
  if (!isJsonObject(kwargs)) {
    return [{ message: describeField('kwargs', kwargs, 'an object') }]
  }
  return findKwargsProblems(type, kwargs)
}

/** Arguments that wait for parameters are checked when these are filled in. */
function findKwargsProblems(type: ExpectationType, kwargs: JsonObject): Problem[] {
  if (hasParameter(kwargs)) return []
  const { row_condition: condition, condition_parser: parser, ...own } = kwargs
  const problems: Problem[] = type.findProblems(own).map((problem) => ({
    message: `${type.name} ${problem.message}`,
    hint: problem.hint,
  }))
  try {
    parseRowCondition(condition, parser)
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    problems.push({ message: `${type.name} ${error.message}`, hint: error.hint })
  }
  return problems
}

function findUnknownKeys(object: JsonObject, known: readonly string[]): Problem[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      message: `has an unknown key '${key}'`,
      hint: nameHint(key, known, 'keys'),
    }))
}

function describeField(name: string, value: unknown, expected: string): string {
  return value === undefined
    ? `lacks '${name}'`
    : `has a '${name}' that is ${JSON.stringify(value)}, expected ${expected}`
}

/** What is of the wrong kind is left out: it is one of the problems. */
function toExpectation(item: unknown): Expectation {
  const { type, kwargs, meta, severity, id, notes, description } = isJsonObject(item) ? item : {}
  return {
    type: typeof type === 'string' ? type : 'unknown',
    kwargs: isJsonObject(kwargs) ? kwargs : {},
    meta: isJsonObject(meta) ? meta : {},
    severity: isSeverity(severity) ? severity : 'critical',
    ...(typeof id === 'string' && { id }),
    ...(isNotes(notes) && { notes }),
    ...(typeof description === 'string' && { description }),
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isNotes(value: unknown): value is string | readonly string[] {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((line) => typeof line === 'string'))
  )
}
