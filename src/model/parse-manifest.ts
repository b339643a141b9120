import { parse } from 'yaml'
import { ToolkitError } from '../core/errors.ts'
import { isFieldPolicy, type FieldPolicies } from '../core/field-policy.ts'
import { isObject } from '../core/json.ts'
import type { ModelOutput, OutputInterval } from '../core/predictor.ts'
import { isInputField, type InputFields } from '../core/input-field.ts'
import { isField } from '../core/schema.ts'
import type { ContributionMeans } from './explain/compile-explainer.ts'
import type { ModelManifest } from './mlmodel.ts'

/**
 * Parses the text of an MLmodel file with the flavor `mlpt`, which this toolkit wrote or another program. The
 * columns have the order of MLflow's signature, which is a list: in mappings of YAML names have none, and
 * Python's mlflow sorts them.
 *
 * @param place - the file's path, for messages
 * @throws {ToolkitError} `MODEL_INVALID`
 */
export function parseManifest(text: string, place: string): ModelManifest {
  return parseManifestDocument(parseManifestYaml(text, place), place)
}

/** The same of a file that is parsed already. @throws {ToolkitError} `MODEL_INVALID` */
export function parseManifestDocument(document: unknown, place: string): ModelManifest {
  const flavor = member(member(document, 'flavors'), 'mlpt')
  if (!isObject(flavor)) {
    throw invalid(
      place,
      "it has no flavor 'mlpt'",
      'mlpt train writes one; docs/python-stages.md says what other programs write there',
    )
  }
  const { name, kind, target, inputs, example, contribution_means: means } = flavor
  if (typeof name !== 'string' || typeof kind !== 'string' || typeof target !== 'string') {
    throw invalid(place, "'flavors.mlpt' lacks 'name', 'kind' or 'target'")
  }
  if (!isFields(inputs)) throw invalid(place, describeInputs(inputs))
  if (!isExample(example))
    throw invalid(place, "'flavors.mlpt.example' is no row of numbers and texts")
  if (means !== undefined && !areMeans(means)) {
    throw invalid(
      place,
      "'flavors.mlpt.contribution_means' is no record of numbers, or of a list a class",
    )
  }
  const signature = member(document, 'signature')
  return {
    name,
    kind,
    target,
    inputs: signature === undefined ? inputs : orderInputs(inputs, signature, place),
    example,
    ...parseOutput(flavor['output'], place),
    ...parsePolicies(flavor['policies'], { inputs, place }),
    ...(means && { contributionMeans: means }),
  }
}

function orderInputs(inputs: InputFields, signature: unknown, place: string): InputFields {
  const names = columnNames(member(signature, 'inputs'))
  if (names === undefined)
    throw invalid(place, "'signature.inputs' is no JSON list of named columns")
  const extra = names.filter((name) => !Object.hasOwn(inputs, name))
  const missing = Object.keys(inputs).filter((name) => !names.includes(name))
  const problems = [
    ...extra.map((name) => `'signature.inputs' has '${name}', 'flavors.mlpt.inputs' has not`),
    ...missing.map((name) => `'flavors.mlpt.inputs' has '${name}', 'signature.inputs' has not`),
  ]
  if (problems.length > 0) throw invalid(place, problems.slice(0, 20).join('; '))
  if (new Set(names).size < names.length) {
    throw invalid(place, "'signature.inputs' has a column twice")
  }
  const ordered = Object.fromEntries(names.map((name) => [name, inputs[name]!]))
  if (Object.keys(ordered).some((name, i) => name !== names[i])) {
    // An object has keys like '7' first and in the order of numbers.
    throw invalid(place, 'columns named by whole numbers stand first and ascend', 'rename them')
  }
  return ordered
}

function columnNames(text: unknown): readonly string[] | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const columns: unknown = JSON.parse(text)
    if (!Array.isArray(columns)) return undefined
    const names = columns.map((column) => member(column, 'name'))
    return names.every((name) => typeof name === 'string') ? names : undefined
  } catch {
    return undefined // It is not JSON: the caller says so.
  }
}

/** What an MLmodel file holds. @throws {ToolkitError} `MODEL_INVALID` */
export function parseManifestYaml(text: string, place: string): unknown {
  try {
    // Aliases are capped so that a small file cannot grow to fill the memory.
    return parse(text, { maxAliasCount: 0 })
  } catch (error) {
    throw invalid(
      place,
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : '',
      undefined,
      error,
    )
  }
}

function isFields(value: unknown): value is InputFields {
  return (
    isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isInputField)
  )
}

function describeInputs(inputs: unknown): string {
  const fields = isObject(inputs) ? Object.entries(inputs) : []
  const [name, field] = fields.find(([, value]) => isField(value) && !isInputField(value)) ?? []
  return name === undefined || !isField(field)
    ? "'flavors.mlpt.inputs' is no list of fields"
    : `its input '${name}' is ${field.type} whose 'known' is no list of different texts`
}

function isExample(value: unknown): value is Record<string, number | string | null> {
  return (
    isObject(value) &&
    Object.values(value).every(
      (cell) => cell === null || ['number', 'string'].includes(typeof cell),
    )
  )
}

/** Nothing where none is named: the default has one place, where models are opened. */
function parseOutput(output: unknown, place: string): { readonly output?: ModelOutput } {
  if (output === undefined) return {}
  if (isOutput(output)) return { output }
  throw invalid(
    place,
    "'flavors.mlpt.output' is no output",
    "its kind is 'probability', 'value', or 'classes' with two different classes or more; a 'threshold' is from 0 to 1, 'costs' have a row and a column for each class",
  )
}

/** Nothing where none are named. */
function parsePolicies(
  policies: unknown,
  { inputs, place }: { readonly inputs: InputFields; readonly place: string },
): { readonly policies?: FieldPolicies } {
  if (policies === undefined) return {}
  if (isPolicies(policies, inputs)) return { policies }
  throw invalid(
    place,
    "'flavors.mlpt.policies' are no policies of its inputs",
    "by column: 'missing', 'outOfRange', 'unknownLevel' and 'tooLong' are 'reject', 'impute' or 'warn', 'value' is what the column may hold",
  )
}

function isPolicies(value: unknown, inputs: InputFields): value is FieldPolicies {
  return (
    isObject(value) &&
    Object.entries(value).every(
      ([name, policy]) => Object.hasOwn(inputs, name) && isFieldPolicy(policy, inputs[name]!),
    )
  )
}

function isOutput(value: unknown): value is ModelOutput {
  if (!isObject(value)) return false
  const { kind, classes, interval, threshold, costs } = value
  if (kind === 'value') return interval === undefined || isInterval(interval)
  if (kind === 'probability') {
    const isPair = classes === undefined || (areClasses(classes) && classes.length === 2)
    return isPair && (threshold === undefined || isThreshold(threshold))
  }
  if (kind !== 'classes' || !areClasses(classes)) return false
  return costs === undefined || areCosts(costs, classes.length)
}

function isThreshold(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1
}

/** A right call costs nothing, and some wrong one something. */
function areCosts(value: unknown, classes: number): boolean {
  if (!Array.isArray(value) || value.length !== classes) return false
  const isTable = value.every(
    (row, i) =>
      Array.isArray(row) &&
      row.length === classes &&
      row.every((cost, j) => Number.isFinite(cost) && (i === j ? cost === 0 : cost >= 0)),
  )
  return isTable && value.flat().some((cost) => cost !== 0)
}

function areClasses(classes: unknown): classes is unknown[] {
  return (
    Array.isArray(classes) &&
    classes.length > 1 &&
    classes.every((name) => typeof name === 'string' || Number.isFinite(name)) &&
    // As keys of an answer, 1 and '1' are the same.
    new Set(classes.map(String)).size === classes.length
  )
}

function isInterval(value: unknown): value is OutputInterval {
  if (!isObject(value)) return false
  const { coverage, radius } = value
  const isShare = typeof coverage === 'number' && coverage > 0 && coverage < 1
  return isShare && typeof radius === 'number' && radius >= 0 && radius < Infinity
}

function areMeans(value: unknown): value is ContributionMeans {
  return (
    isObject(value) &&
    Object.values(value).every(
      (mean) => Number.isFinite(mean) || (Array.isArray(mean) && mean.every(Number.isFinite)),
    )
  )
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

function invalid(
  place: string,
  what: string,
  hint = 'restore the folder, or train again',
  cause?: unknown,
): ToolkitError {
  return new ToolkitError('MODEL_INVALID', `${place}: ${what}`, { hint, cause })
}
