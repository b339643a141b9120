import type { SQLOutputValue } from 'node:sqlite'
import type { Durability } from './commit-group-store.ts'

export type SqlValue = string | number | null
export type Row = Readonly<Record<string, SQLOutputValue>>

export interface TrackingDatabase extends Disposable {
  /** All rows of a query; statements are prepared once. */
  rows(sql: string, values?: readonly SqlValue[]): Row[]
  /** As `rows`, each as the list of its columns: three times as fast, for what is read by the ten thousands. */
  tuples(sql: string, values?: readonly SqlValue[]): SQLOutputValue[][]
  /** The first row of a query. */
  row(sql: string, values?: readonly SqlValue[]): Row | undefined
  /** Runs one changing statement and gives the number of rows it changed. */
  change(sql: string, values?: readonly SqlValue[]): number
  /** One consistent view for several queries. */
  read<T>(query: () => T): T
  /** All of it or nothing; other writers wait for their turn. */
  write<T>(change: () => T): T
  /**
   * As `write`, soon: changes that are asked for in one turn of the event loop share one commit.
   * For what comes often and from many at once, as metrics do.
   */
  writeSoon<T>(change: () => T, durability?: Durability): Promise<T>
}
