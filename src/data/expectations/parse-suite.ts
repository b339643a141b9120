import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { expectationTypes } from './catalogue.ts'
import { findDuplicateKeys } from './duplicate-keys.ts'
import { isJsonObject, type JsonObject } from './outcome.ts'
import { type Expectation, severities, type Severity, type Suite } from './suite.ts'

/** Where something is wrong in a suite, what, and what to do. */
interface Problem {
  readonly message: string
  readonly hint?: string | undefined
}

/**
 * Reads a suite of Great Expectations 1.x, stricter than GX: an unknown type,
 * which GX drops with a log line, and a suite without expectations are errors,
 * because nothing passes when nothing is checked.
 *
 * @param text - the JSON
 * @param place - the file's name, for messages
 * @throws {ToolkitError} `SUITE_INVALID` with every problem of the file.
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
  problems.push(...findSuiteProblems(json))
  const items = Array.isArray(json['expectations']) ? json['expectations'] : []
  items.forEach((item: unknown, i) => problems.push(...findExpectationProblems(item, i)))
  if (problems.length > 0) throw suiteError(place, problems)
  return {
    name: toText(json['name']),
    expectations: items.map(toExpectation),
    meta: isJsonObject(json['meta']) ? json['meta'] : {},
  }
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
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
  const problems = findUnknownKeys(suite, suiteKeys, '')
  const { name, expectations, meta, suite_parameters: parameters } = suite
  if (!('expectation_suite_name' in suite) && (typeof name !== 'string' || name === '')) {
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
  if (isJsonObject(parameters) && Object.keys(parameters).length > 0) {
    problems.push({
      message: "has 'suite_parameters', which this version does not fill in",
      hint: 'write the values into the expectations',
    })
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

function findExpectationProblems(item: unknown, index: number): Problem[] {
  const place = `expectations[${index}]`
  if (!isJsonObject(item)) {
    return [{ message: `${place} is ${JSON.stringify(item)}, expected an object` }]
  }
  const problems = findUnknownKeys(item, expectationKeys, `${place} `)
  const { severity, meta } = item
  if (severity !== undefined && severity !== null && !isSeverity(severity)) {
    problems.push({
      message: `${place} ${describeField('severity', severity, `one of ${severities.join(', ')}`)}`,
    })
  }
  if (meta !== undefined && meta !== null && !isJsonObject(meta)) {
    problems.push({ message: `${place} ${describeField('meta', meta, 'an object')}` })
  }
  return [...problems, ...findTypeProblems(item, place)]
}

function findTypeProblems(item: JsonObject, place: string): Problem[] {
  const { type: name, kwargs = {} } = item
  if ('expectation_type' in item) return []
  if (typeof name !== 'string') {
    return [{ message: `${place} ${describeField('type', name, 'a text')}` }]
  }
  const type = expectationTypes.get(name)
  if (type === undefined) {
    const known = [...expectationTypes.keys()]
    return [
      {
        message: `${place} has the unknown type '${name}'`,
        hint: nameHint(name, known, 'types this version knows'),
      },
    ]
  }
  if (!isJsonObject(kwargs)) {
    return [{ message: `${place} ${describeField('kwargs', kwargs, 'an object')}` }]
  }
  return type.findProblems(kwargs).map((problem) => ({
    message: `${place} ${name} ${problem.message}`,
    hint: problem.hint,
  }))
}

function findUnknownKeys(object: JsonObject, known: readonly string[], place: string): Problem[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      message: `${place}has an unknown key '${key}'`,
      hint: oldKeys[key] ?? nameHint(key, known, 'keys'),
    }))
}

const oldForm = 'this is the form of Great Expectations 0.x:'

/** What suites before 1.0 had, and what became of it. */
const oldKeys: Readonly<Record<string, string>> = {
  expectation_suite_name: `${oldForm} rename it to 'name'`,
  expectation_type: `${oldForm} rename it to 'type'`,
  data_asset_type: `${oldForm} remove it`,
  ge_cloud_id: `${oldForm} remove it`,
  evaluation_parameters: `${oldForm} write the values into the expectations`,
}

function describeField(name: string, value: unknown, expected: string): string {
  return value === undefined
    ? `lacks '${name}'`
    : `has a '${name}' that is ${JSON.stringify(value)}, expected ${expected}`
}

/** Called once there are no problems. */
function toExpectation(item: unknown): Expectation {
  const { type, kwargs, meta, severity, id, notes, description } = isJsonObject(item) ? item : {}
  return {
    type: toText(type),
    kwargs: isJsonObject(kwargs) ? kwargs : {},
    meta: isJsonObject(meta) ? meta : {},
    severity: isSeverity(severity) ? severity : 'critical',
    ...(typeof id === 'string' && { id }),
    ...(isNotes(notes) && { notes }),
    ...(typeof description === 'string' && { description }),
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isSeverity(value: unknown): value is Severity {
  return severities.some((severity) => severity === value)
}

function isNotes(value: unknown): value is string | readonly string[] {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((line) => typeof line === 'string'))
  )
}

/** JSON.parse gives nothing but JSON values. */
