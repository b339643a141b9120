import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Field, Fields, Schema } from '../../core/schema.ts'
import type { ColumnLeaf } from './walk-expression.ts'

/** What a column of a field is in an expression; a category is a number, its code. */
export type ColumnOf<F extends Field> = F extends { readonly type: 'boolean' }
  ? Extract<ColumnLeaf, { kind: 'booleanColumn' }>
  : F extends { readonly type: 'text' }
    ? Extract<ColumnLeaf, { kind: 'textColumn' }>
    : F extends { readonly type: 'date' }
      ? Extract<ColumnLeaf, { kind: 'dateColumn' }>
      : F extends { readonly type: 'datetime' }
        ? Extract<ColumnLeaf, { kind: 'datetimeColumn' }>
        : Extract<ColumnLeaf, { kind: 'numberColumn' }>

/**
 * Gives a function that names the columns of a schema in expressions, each of its type.
 *
 * @returns a function that throws {ToolkitError} `CONFIG_INVALID` for a name that is no column
 *
 * @example
 * ```ts
 * import { columnsOf, defineSchema, feature } from 'ml-pipeline-toolkit'
 * const column = columnsOf(defineSchema({ billed: { type: 'number' }, limit: { type: 'number' } }))
 * const used = feature.divide(column('billed'), column('limit'))
 * used.kind // => 'arithmetic'
 * ```
 */
export function columnsOf<F extends Fields>({
  fields,
}: Schema<F>): <K extends keyof F & string>(name: K) => ColumnOf<F[K]> {
  return <K extends keyof F & string>(name: K) => {
    const field = ownMember(fields, name)
    if (field === undefined) {
      throw new ToolkitError('CONFIG_INVALID', `there is no column '${name}'`, {
        hint: nameHint(name, Object.keys(fields), 'columns'),
      })
    }
    const column: unknown = { kind: columnKindOf(field), name }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type says what the table says
    return column as ColumnOf<F[K]>
  }
}

/** The kind of expression that a column of a field is. */
export function columnKindOf({ type }: Field): ColumnLeaf['kind'] {
  switch (type) {
    case 'boolean':
      return 'booleanColumn'
    case 'text':
      return 'textColumn'
    case 'date':
      return 'dateColumn'
    case 'datetime':
      return 'datetimeColumn'
    case 'category':
    case 'integer':
    case 'number':
      return 'numberColumn'
  }
}
