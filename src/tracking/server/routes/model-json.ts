/** The manifest of a model that clients before MLflow 3 log with a run. */

import { ToolkitError } from '../../../core/errors.ts'
import { isObject } from '../../../core/json.ts'
import { invalidValue } from '../fields.ts'

const mandatoryOfModel = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'] as const

/** What of a model is kept in the run's tag; its flavors' configs may hold secrets and are left out, as MLflow does. */
export function parseModelJson(json: string): object {
  const model = parseObject(json)
  const missing = mandatoryOfModel.filter((name) => model[name] === undefined)
  if (missing.length > 0) {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `Model json is missing mandatory fields: {'${missing.join(`', '`)}'}`,
    )
  }
  const flavors = Object.entries(asObject(model['flavors'], 'flavors')).map(
    ([flavor, config]) => [flavor, withoutConfig(config)] as const,
  )
  return {
    run_id: model['run_id'],
    artifact_path: model['artifact_path'],
    utc_time_created: model['utc_time_created'],
    model_uuid: model['model_uuid'],
    flavors: Object.fromEntries(flavors),
  }
}

function parseObject(json: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `Malformed model info. \n ${json.slice(0, 1000)} \n is not a valid JSON.`,
      { cause: error },
    )
  }
  return asObject(value, 'model_json')
}

function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value
  throw invalidValue(name, value, 'an object')
}

function withoutConfig(flavor: unknown): unknown {
  if (typeof flavor !== 'object' || flavor === null) return flavor
  return Object.fromEntries(Object.entries(flavor).filter(([name]) => name !== 'config'))
}
