/** How the values of fields are stored in facts. */

import type { Field } from '../../core/schema.ts'
import { storageType } from '../schema/violation-sql.ts'
import type { ColumnFamily } from '../table/column.ts'

/** DuckDB's type of a stored value, and the families of columns that it is taken from. */
export interface FieldStorage {
  readonly type: string
  readonly families: readonly ColumnFamily[]
}

/** How values of a field are stored. */
export function storageOf(field: Field): FieldStorage {
  switch (field.type) {
    case 'boolean':
      return { type: 'BOOLEAN', families: ['boolean', 'number'] }
    case 'text':
      return { type: 'VARCHAR', families: ['text'] }
    case 'date':
      return { type: 'DATE', families: ['time'] }
    case 'datetime':
      return { type: 'TIMESTAMP', families: ['time'] }
    case 'category':
    case 'integer':
    case 'number':
      return { type: storageType(field), families: ['number'] }
  }
}
