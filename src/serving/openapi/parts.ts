/** Pieces that the operations of all protocols are written with. */

import { problemMediaType } from '../http/problem.ts'

export type Json = Readonly<Record<string, unknown>>

/** A JSON body of this schema, with examples by name. */
export function json(schema: Json, examples?: Json): Json {
  return { 'application/json': { schema, ...(examples !== undefined && { examples }) } }
}

/** The component schema of this name. */
export function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

/** What is answered instead, as RFC 9457 has it. */
export function problemAnswer(description: string, example?: unknown): Json {
  const content = { schema: reference('Problem'), ...(example !== undefined && { example }) }
  return { description, content: { [problemMediaType]: content } }
}
