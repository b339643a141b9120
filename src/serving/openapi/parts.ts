/** Pieces that the operations of all protocols are written with. */

export type Json = Readonly<Record<string, unknown>>

/** A JSON body of this schema, with examples by name. */
export function json(schema: Json, examples?: Json): Json {
  return { 'application/json': { schema, ...(examples !== undefined && { examples }) } }
}

/** The component schema of this name. */
export function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}
