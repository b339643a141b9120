/** JSON Schemas of what the API takes and gives, for its document and for nothing else: requests are checked in schemas.ts. */

import { defaultThreshold } from '../../core/called-class.ts'
import type { FeatureReader } from '../../core/feature-reader.ts'
import { valueCaseOf } from '../../core/field-policy.ts'
import { dayBounds, encodeCoded, isCodedField, type InputField } from '../../core/input-field.ts'
import { momentBounds } from '../../core/moment.ts'
import {
  describeField,
  isTimeField,
  type Field,
  type TextField,
  type TimeField,
} from '../../core/schema.ts'
import type { ModelOutput, OutputInterval } from '../../core/predictor.ts'
import type { ServingLimits } from '../http/limits.ts'
import { describeOutputs, type OutputDescription } from '../protocols/open-inference-outputs.ts'
import { withWarnings } from './warnings.ts'
import { datatypes } from '../protocols/open-inference-datatypes.ts'
import { wholeInput } from '../protocols/open-inference-tensors.ts'
import { explainFlag } from '../schemas.ts'
import type { Column, ServedModel } from '../served-model.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** The schema of one row of the model. */
export function rowSchema({
  columns,
  example,
}: Pick<ServedModel, 'columns' | 'example'>): ObjectSchema {
  return {
    type: 'object',
    title: 'One row',
    properties: Object.fromEntries(columns.map((column) => [column.name, cellSchema(column)])),
    required: columns.filter((column) => !mayBeMissing(column)).map(({ name }) => name),
    additionalProperties: false,
    example,
  }
}

function mayBeMissing({ field, policy }: Column): boolean {
  return field.nullable === true || policy?.missing === 'impute'
}

/** What is let through is not what a request should hold: it is said, and neither demanded nor excluded. */
function cellSchema(column: Column): JsonSchema {
  const { policy } = column
  const bounds = describeCells(column.field)
  const field = { ...letThrough(column), nullable: mayBeMissing(column) }
  const told = Object.entries(policy ?? {}).filter(([name]) => name !== 'value')
  const policies = told.map(([name, action]) => `${name}: ${action}`)
  const schema = { ...describeCell(column.field, [bounds, ...policies].join('; ')) }
  const takesNumbers = column.takesTimeNumbers === true && isTimeField(field)
  return Object.assign(schema, takesNumbers ? timeNumberSchema(field) : fieldSchema(field))
}

/** A date or a moment, or the number that stands for it. */
function timeNumberSchema(field: TimeField): JsonSchema {
  const { first, last } = field.type === 'date' ? dayBounds : momentBounds
  const [min, max] = [field.min, field.max].map((bound) => bound && encodeCoded(field, bound))
  return {
    type: ['string', 'integer', ...(field.nullable === true ? ['null'] : [])],
    format: formatOf(field),
    minimum: min ?? first,
    maximum: max ?? last,
  }
}

/** JSON Schema's word for how it is written. */
function formatOf({ type }: TimeField): string {
  return type === 'date' ? 'date' : 'date-time'
}

/** The field with all that its policy admits. */
function letThrough({ field, policy }: Column): Field {
  const fault = valueCaseOf(field)
  const action = fault === undefined ? undefined : policy?.[fault]
  if (action === undefined || action === 'reject') return field
  return { type: field.type === 'category' ? 'number' : field.type }
}

function describeCell(field: InputField, bounds: string): JsonSchema {
  return {
    description: field.description === undefined ? bounds : `${field.description} (${bounds})`,
  }
}

/** What may stand in a column, in words. */
export function describeCells(field: InputField): string {
  const values = field.type === 'boolean' ? '0 or 1, false or true' : describeField(field)
  if (field.nullable !== true) return values
  // As files and forms write it: `format` alone would say that a date is never blank.
  const missing = isCodedField(field) ? 'null, blank or absent' : 'null or absent'
  return `${values}; ${missing} when missing`
}

function fieldSchema(field: Field): JsonSchema {
  const orNull = field.nullable === true ? ['null'] : []
  const nullValue = field.nullable === true ? [null] : []
  if (isTimeField(field)) return { type: orType('string', orNull), format: formatOf(field) }
  switch (field.type) {
    case 'boolean':
      return { type: ['integer', 'boolean', ...orNull], enum: [0, 1, false, true, ...nullValue] }
    case 'category':
      return {
        type: orType(field.levels.every(Number.isInteger) ? 'integer' : 'number', orNull),
        enum: [...field.levels, ...nullValue],
      }
    case 'integer':
    case 'number':
      return {
        type: orType(field.type, orNull),
        ...(field.min !== undefined && { minimum: field.min }),
        ...(field.max !== undefined && { maximum: field.max }),
      }
    case 'text':
      return textSchema(field)
  }
}

/** Text of nothing but white space is missing. */
function textSchema({ levels, maxLength, nullable }: TextField): JsonSchema {
  const [orNull, nullValue] = nullable === true ? [['null'], [null]] : [[], []]
  return {
    type: orType('string', orNull),
    ...(levels !== undefined && { enum: [...levels, ...nullValue] }),
    ...(maxLength !== undefined && { maxLength }),
    ...(nullable !== true && {
      pattern: String.raw`[^\t\n\f\r ]`,
    }),
  }
}

function orType(type: string, orNull: readonly string[]): string | readonly string[] {
  return orNull.length === 0 ? type : [type, ...orNull]
}

/** The schemas that the document refers to by name. @param isExplained - whether the model can explain its predictions */
export function componentSchemas(
  model: ServedModel,
  options: {
    readonly limits: ServingLimits
    readonly isExplained: boolean
    readonly features?: FeatureReader | undefined
  },
): Readonly<Record<string, JsonSchema>> {
  const { limits, isExplained, features } = options
  const row = { $ref: '#/components/schemas/Row' }
  const items = { type: 'array', items: row, minItems: 1, maxItems: limits.rows }
  return {
    Row: rowSchema(model),
    Rows: closed({ title: 'Many rows', properties: { rows: items } }),
    ...(features !== undefined && { EntityRow: entityRowSchema(model, features) }),
    ...(isExplained && explainedSchemas(model, limits)),
    Model: object({
      properties: {
        name: { type: 'string' },
        version: { type: ['string', 'null'], description: 'null when served from a folder' },
        digest: { type: 'string', description: 'sha256 of the ONNX file' },
      },
    }),
    Prediction: object({ properties: predictionProperties(model.output) }),
    RowPrediction: withExplanation(
      object({ properties: { id: predictionId, ...predictionProperties(model.output) } }),
      isExplained,
    ),
    ...answerSchemas(model, isExplained),
    Health: object({
      properties: {
        status: { enum: ['live', 'ready', 'starting', 'failed', 'draining'] },
        model: modelReference,
      },
    }),
    Problem: problemSchema,
    InferenceRequest: inferenceRequestSchema(model),
    InferenceAnswer: inferenceAnswerSchema(model.output),
    InferenceError: object({ properties: { error: { type: 'string' } } }),
  }
}

/** What `/predict` answers. */
function answerSchemas(
  model: ServedModel,
  isExplained: boolean,
): Readonly<Record<string, JsonSchema>> {
  const items = { $ref: '#/components/schemas/RowPrediction' }
  const one = object({
    title: 'For one row',
    properties: {
      model: modelReference,
      id: predictionId,
      ...predictionProperties(model.output),
    },
  })
  const many = object({
    title: 'For many rows',
    properties: { model: modelReference, predictions: { type: 'array', items } },
  })
  return {
    OnePrediction: withWarnings(withExplanation(one, isExplained), model),
    ManyPredictions: withWarnings(many, model),
  }
}

/** One row that leaves columns to the online store; many may stand in `rows`, too. */
function entityRowSchema(model: ServedModel, { entities, columns }: FeatureReader): JsonSchema {
  const row = rowSchema(model)
  const key = Object.entries(entities).map(([name, field]) => [name, fieldSchema(field)] as const)
  return {
    type: 'object',
    title: 'One row, with columns from the online store',
    properties: { ...row.properties, entity: object({ properties: Object.fromEntries(key) }) },
    required: [...row.required.filter((name) => !columns.includes(name)), 'entity'],
    additionalProperties: false,
  }
}

/** Requests that ask for explanations, and what these are. */
function explainedSchemas(
  model: ServedModel,
  limits: ServingLimits,
): Readonly<Record<string, JsonSchema>> {
  const row = rowSchema(model)
  const explain = { const: true, description: 'also say what each column adds to the score' }
  const items = { type: 'array', items: { $ref: '#/components/schemas/Row' }, minItems: 1 }
  return {
    ...(model.columns.every(({ name }) => name !== explainFlag) && {
      ExplainedRow: {
        ...row,
        title: 'One row, explained',
        properties: { ...row.properties, explain },
        required: [...row.required, explainFlag],
        example: { ...model.example, explain: true },
      },
    }),
    ExplainedRows: closed({
      title: 'Many rows, explained',
      properties: {
        rows: { ...items, maxItems: Math.min(limits.explainedRows, limits.rows) },
        explain,
      },
    }),
    Explanation: explanationSchema(model.output),
  }
}

function explanationSchema(output: ModelOutput): JsonSchema {
  const score = {
    enum: ['log-odds', 'log', 'prediction'],
    description: 'what the base and the contributions sum to',
  }
  const properties = {
    base: { type: 'number', description: 'the mean score of the training rows' },
    contributions: {
      type: 'object',
      description: 'by column; what the model makes of several columns is named after all',
      additionalProperties: { type: 'number' },
    },
  }
  if (output.kind !== 'classes') return object({ properties: { score, ...properties } })
  const entries = output.classes.map((name) => [name, object({ properties })] as const)
  const classes = {
    ...object({ properties: Object.fromEntries(entries) }),
    description: 'of each class; the probabilities are the softmax of the scores',
  }
  return object({ properties: { score, classes } })
}

/** It may have an explanation. */
function withExplanation(schema: ObjectSchema, isExplained: boolean): JsonSchema {
  if (!isExplained) return schema
  const explanation = { $ref: '#/components/schemas/Explanation' }
  return { ...schema, properties: { ...schema.properties, explanation } }
}

interface ObjectSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required: readonly string[]
}

/** An object of these members and no others, so that a request is described by one of several at most. */
function closed(schema: Parameters<typeof object>[0]): JsonSchema {
  return { ...object(schema), additionalProperties: false }
}

/** An object whose members are all required. */
export function object(schema: {
  readonly title?: string
  readonly properties: Readonly<Record<string, JsonSchema>>
}): ObjectSchema {
  return { type: 'object', ...schema, required: Object.keys(schema.properties) }
}

const modelReference: JsonSchema = { $ref: '#/components/schemas/Model' }

const predictionId: JsonSchema = {
  type: 'string',
  description: 'the request id; of one of many rows with its number, from 0: 7d4e1c02.0',
}

/** The members of a prediction. */
export function predictionProperties(output: ModelOutput): Readonly<Record<string, JsonSchema>> {
  const share = { type: 'number', minimum: 0, maximum: 1 }
  switch (output.kind) {
    case 'probability': {
      const name = output.classes === undefined ? 'class 1' : `class 1, '${output.classes[1]}'`
      return {
        probability: { ...share, description: `of ${name}` },
        prediction: {
          enum: [0, 1],
          description: `${name}, from a probability of ${output.threshold ?? defaultThreshold} on`,
        },
      }
    }
    case 'value':
      return {
        prediction: { type: 'number', description: 'in the unit of the target' },
        ...(output.interval && { interval: intervalSchema(output.interval) }),
      }
    case 'classes': {
      const { classes } = output
      const entries = classes.map((name) => [name, share] as const)
      return {
        probabilities: {
          ...object({ properties: Object.fromEntries(entries) }),
          description: 'by class',
        },
        prediction: {
          enum: classes,
          description:
            output.costs === undefined
              ? 'the class of the highest probability'
              : 'the class whose calling is expected to cost least',
        },
      }
    }
  }
}

function intervalSchema({ coverage }: OutputInterval): JsonSchema {
  const end = { type: 'number' }
  return {
    ...object({ properties: { lower: end, upper: end } }),
    description: `has the truth for ${coverage} of the rows`,
  }
}

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'stable; docs/errors.md lists them' },
    requestId: { type: 'string' },
    hint: { type: 'string' },
    errorCount: { type: 'integer', description: 'how many problems there are' },
    errors: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer into the body' },
          expected: { type: 'string' },
          value: { type: ['string', 'number', 'boolean', 'null'] },
          hint: { type: 'string' },
        },
        required: ['pointer', 'expected'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
}

function inferenceRequestSchema({ columns, output }: ServedModel): JsonSchema {
  const name = { enum: describeOutputs(output).map((one) => one.name) }
  return {
    type: 'object',
    description: `One tensor '${wholeInput}' of shape [rows, ${columns.length}], or for each column one of shape [rows] or [rows, 1].`,
    properties: {
      id: { type: 'string', description: 'sent back' },
      inputs: {
        type: 'array',
        items: object({
          properties: {
            name: { type: 'string' },
            shape: { type: 'array', items: { type: 'integer' } },
            datatype: { enum: datatypes },
            data: { type: 'array', items: {}, description: 'flat (row-major) or nested' },
          },
        }),
      },
      outputs: { type: 'array', items: object({ properties: { name } }) },
    },
    required: ['inputs'],
  }
}

function inferenceAnswerSchema(output: ModelOutput): JsonSchema {
  return {
    type: 'object',
    properties: {
      model_name: { type: 'string' },
      model_version: { type: 'string' },
      id: { type: 'string' },
      outputs: {
        type: 'array',
        items: { anyOf: describeOutputs(output).map(outputSchema) },
      },
    },
    required: ['model_name', 'outputs'],
  }
}

/** Answers that have bytes are of another media type. */
function outputSchema({ name, datatype }: OutputDescription): JsonSchema {
  return object({
    properties: {
      name: { const: name },
      datatype: { const: datatype },
      shape: { type: 'array', items: { type: 'integer' } },
      data: { type: 'array', items: { type: datatype === 'BYTES' ? 'string' : 'number' } },
    },
  })
}
