import type { Json } from './parts.ts'
import type { ServedModel } from '../served-model.ts'

/** The schema of an answer; where policies of columns let values through, it may tell of them. */
export function withWarnings(schema: Json, { columns }: ServedModel): Json {
  if (columns.every(({ policy }) => policy === undefined)) return schema
  return { ...schema, properties: { ...Object(schema['properties']), warnings } }
}

const warnings: Json = {
  type: 'array',
  maxItems: 100,
  description: 'values that do not fit and were scored all the same; absent when there are none',
  items: {
    type: 'object',
    properties: {
      pointer: { type: 'string', description: 'JSON Pointer into the body' },
      expected: { type: 'string' },
      value: {
        type: ['string', 'number', 'boolean', 'null'],
        description: 'absent when nothing was sent',
      },
      policy: { enum: ['impute', 'warn'] },
      used: {
        type: ['number', 'string', 'null'],
        description: 'what was scored; null for a missing value',
      },
    },
    required: ['pointer', 'expected', 'policy', 'used'],
  },
}
