import { parse } from 'yaml'
import { ToolkitError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import { isField, isModelField, type ModelFields } from '../core/schema.ts'
import type { ModelManifest } from './mlmodel.ts'

/**
 * Parses the text of an MLmodel file that this toolkit wrote.
 *
 * @param place - the file's path, for messages
 * @throws {ToolkitError} `MODEL_INVALID`
 */
export function parseManifest(text: string, place: string): ModelManifest {
  const flavor = member(member(parseYaml(text, place), 'flavors'), 'mlpt')
  if (!isObject(flavor)) {
    throw invalid(place, "it has no flavor 'mlpt'", 'serve a folder that mlpt train wrote')
  }
  const { name, kind, target, inputs, example, contribution_means: means } = flavor
  if (typeof name !== 'string' || typeof kind !== 'string' || typeof target !== 'string') {
    throw invalid(place, "'flavors.mlpt' lacks 'name', 'kind' or 'target'")
  }
  if (!isFields(inputs)) throw invalid(place, describeInputs(inputs))
  if (!isExample(example)) throw invalid(place, "'flavors.mlpt.example' is no row of numbers")
  if (means !== undefined && !isNumbers(means)) {
    throw invalid(place, "'flavors.mlpt.contribution_means' is no record of numbers")
  }
  return { name, kind, target, inputs, example, ...(means && { contributionMeans: means }) }
}

function parseYaml(text: string, place: string): unknown {
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

function isFields(value: unknown): value is ModelFields {
  return (
    isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isModelField)
  )
}

function describeInputs(inputs: unknown): string {
  const fields = isObject(inputs) ? Object.entries(inputs) : []
  const [name, field] = fields.find(([, value]) => isField(value) && !isModelField(value)) ?? []
  return name === undefined || !isField(field)
    ? "'flavors.mlpt.inputs' is no list of fields"
    : `its input '${name}' is ${field.type}, and models take numbers only`
}

function isExample(value: unknown): value is Record<string, number | null> {
  return (
    isObject(value) &&
    Object.values(value).every((cell) => cell === null || typeof cell === 'number')
  )
}

function isNumbers(value: unknown): value is Record<string, number> {
  return isObject(value) && Object.values(value).every(Number.isFinite)
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
