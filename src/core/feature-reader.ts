import type { Fields } from './schema.ts'

/** Why a column has no value: Feast's names, and NOT_KEPT for an older fact, where only the newest is kept. */
export type AbsenceStatus = 'NULL' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE' | 'NOT_KEPT'

/** What is known of one entity. */
export interface ReadFeatures {
  /** By column of the model: as JSON would have it. */
  readonly values: Readonly<Record<string, number | string | boolean>>
  /** The columns that would come from the store and have no value, with the reason. */
  readonly absent: Readonly<Record<string, AbsenceStatus>>
}

/** Features by the key of an entity, in microseconds: what a server asks while a request waits. */
export interface FeatureReader {
  /** What a key is made of, by name. */
  readonly entities: Fields
  /** The columns that may come from the store. */
  readonly columns: readonly string[]
  /** @param key - a value for each of `entities`, which it admits */
  read(key: Readonly<Record<string, number | boolean | string>>): ReadFeatures
}
