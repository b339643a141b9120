import type { Field } from '../../core/schema.ts'
import type { ReadOptions } from './read-options.ts'

/** The columns that are texts by their fields, to be read as they are written: 007 is not 7. */
export function textTypes(
  fields: Readonly<Record<string, Pick<Field, 'type'>>>,
): NonNullable<ReadOptions['types']> {
  const texts = Object.entries(fields).filter(([, { type }]) => type === 'text')
  return Object.fromEntries(texts.map(([name]) => [name, 'text']))
}
