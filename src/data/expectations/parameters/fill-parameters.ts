import { ToolkitError } from '../../../core/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../outcome.ts'
import { evaluateExpression } from './expression.ts'

/**
 * Puts values in the place of every `{"$PARAMETER": "…"}`. What stands there is
 * a small expression; the name of a parameter alone gives its value as it is,
 * a list too.
 *
 * @throws {ToolkitError} `SUITE_INVALID` when a parameter has no value or an expression is wrong
 */
export function fillParameters(kwargs: JsonObject, parameters: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(kwargs).map(([name, value]) => [name, fillValue(value, parameters, name)]),
  )
}

/** Whether something in the value waits for a parameter. */
export function hasParameter(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasParameter)
  if (!isJsonObject(value)) return false
  return '$PARAMETER' in value || Object.values(value).some(hasParameter)
}

function fillValue(value: JsonValue | undefined, parameters: JsonObject, place: string): JsonValue {
  if (Array.isArray(value)) return value.map((each) => fillValue(each, parameters, place))
  if (!isJsonObject(value)) return value ?? null
  const expression = value['$PARAMETER']
  if (expression === undefined) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, fillValue(each, parameters, place)]),
    )
  }
  if (typeof expression !== 'string') {
    throw new ToolkitError(
      'SUITE_INVALID',
      `'${place}' has the parameter ${JSON.stringify(expression)}, expected a text`,
    )
  }
  return evaluateExpression(expression, parameters, place)
}
