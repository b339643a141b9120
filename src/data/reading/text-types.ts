import type { Field } from '../../core/schema.ts'
import type { ReadOptions } from './read-options.ts'

/** The types of columns that were asked for; those that are texts by their fields are else read as they are written: 007 is not 7. */
export function textTypes(
  fields: Readonly<Record<string, Pick<Field, 'type'>>>,
  asked: ReadOptions['types'],
): NonNullable<ReadOptions['types']> {
  const texts = Object.entries(fields).filter(([, { type }]) => type === 'text')
  return { ...Object.fromEntries(texts.map(([name]) => [name, 'text' as const])), ...asked }
}
