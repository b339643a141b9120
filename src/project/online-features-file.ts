/** The online store of a project, as a server reads it. */

import { existsSync } from 'node:fs'
import { ToolkitError } from '../core/errors.ts'
import type { FeatureReader } from '../core/feature-reader.ts'
import { createFeatureReader } from '../data/feature-store/create-feature-reader.ts'
import { openOnlineStore } from '../data/feature-store/online-store.ts'
import type { Project } from './definition/define-project.ts'

/** A reader that holds its file open. */
export type OnlineFeatures = FeatureReader & Disposable

/**
 * Opens the store for the joins of a project's feature store.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when the project has none, `FILE_MISSING`, `DATA_FILE_INVALID`
 */
export function openOnlineFeatures(
  path: string,
  { featureStore, name }: Pick<Project, 'featureStore' | 'name'>,
  now: () => number,
): OnlineFeatures {
  if (featureStore === undefined || featureStore.joins.length === 0) {
    throw new ToolkitError('CONFIG_INVALID', `the project '${name}' joins no feature views`, {
      hint: "say in project.ts, under featureStore, which columns come from it; or leave '--online-store' out",
    })
  }
  if (!existsSync(path)) {
    throw new ToolkitError('FILE_MISSING', `there is no online store at ${path}`, {
      hint: "make it with 'mlpt features materialize'",
    })
  }
  const store = openOnlineStore(path)
  const reader = createFeatureReader(store, featureStore.joins, { now })
  return { ...reader, [Symbol.dispose]: () => store[Symbol.dispose]() }
}
