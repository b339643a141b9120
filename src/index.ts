export { ToolkitError, formatError, type ErrorCode } from './core/errors.ts'
export { nearestName } from './core/nearest.ts'
export { createRandom, type Random } from './core/random.ts'
export { defineSchema, type Field, type Fields, type Schema } from './core/schema.ts'
