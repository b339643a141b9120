/** JSON Schemas of the rows that MLflow's and KServe's first protocol write. */

import type { ModelOutput } from '../../core/predictor.ts'
import type { ServingLimits } from '../http/limits.ts'
import { object, predictionProperties, rowSchema, type JsonSchema } from './schemas.ts'
import { invocationColumns } from '../protocols/mlflow.ts'
import type { ServedModel } from '../served-model.ts'

/** What they take and give, by the names that the document refers to. */
export function instanceSchemas(
  model: ServedModel,
  limits: ServingLimits,
): Readonly<Record<string, JsonSchema>> {
  const { output } = model
  const own = invocationColumns(model)
  const takesTimeNumbers = own !== model.columns
  const row = { $ref: '#/components/schemas/Row' }
  const invoked = takesTimeNumbers ? { $ref: '#/components/schemas/InvocationRow' } : row
  const bounds = { minItems: 1, maxItems: limits.rows }
  const lists = { type: 'array', items: { type: 'array', items: {} }, ...bounds }
  const recordsOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items, ...bounds })
  const columns = {
    type: 'object',
    description: 'each column a list of its cells',
    propertyNames: { enum: model.columnNames },
    additionalProperties: { type: 'array', items: {}, ...bounds },
    required: rowSchema(model).required,
  }
  const names = { type: 'array', items: { type: 'string' } }
  const split = {
    type: 'object',
    properties: { columns: names, index: { type: 'array', items: {} }, data: lists },
    required: ['data'],
  }
  const instances = { oneOf: [recordsOf(row), lists, columns] }
  const invokedRows = [recordsOf(invoked), lists, columns]
  return {
    ...(takesTimeNumbers && { InvocationRow: rowSchema({ ...model, columns: own }) }),
    InvocationRequest: {
      oneOf: [
        only('dataframe_split', split),
        only('dataframe_records', recordsOf(invoked)),
        only('instances', { oneOf: invokedRows }),
        only('inputs', { oneOf: [...invokedRows, invoked] }),
      ],
    },
    InvocationAnswer: object({
      properties: {
        predictions: {
          type: 'array',
          items: object({ properties: invocationProperties(output) }),
        },
      },
    }),
    InvocationError: object({
      properties: { error_code: { type: 'string' }, message: { type: 'string' } },
    }),
    InstancesRequest: object({ properties: { instances } }),
    InstancesAnswer: object({
      properties: {
        predictions: { type: 'array', items: { $ref: '#/components/schemas/Prediction' } },
      },
    }),
  }
}

/** A body of this member alone, but for parameters. */
function only(name: string, schema: JsonSchema): JsonSchema {
  const params = { type: ['object', 'null'], description: 'read by no model served here' }
  return {
    type: 'object',
    title: name,
    properties: { [name]: schema, params },
    required: [name],
    additionalProperties: false,
  }
}

/** What MLflow answers, which names no class by itself. */
function invocationProperties(output: ModelOutput): Readonly<Record<string, JsonSchema>> {
  return output.kind === 'probability'
    ? { probability: { type: 'number' } }
    : predictionProperties(output)
}
