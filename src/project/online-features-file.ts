/** The online store of a project, as a server reads it. */

import { existsSync, statSync } from 'node:fs'
import { ToolkitError } from '../core/errors.ts'
import type { FeatureReader } from '../core/feature-reader.ts'
import { createFeatureReader } from '../data/feature-store/create-feature-reader.ts'
import { type OnlineStore, openOnlineStore } from '../data/feature-store/online-store.ts'
import type { Project } from './definition/define-project.ts'

/** A reader that holds its file open. */
export type OnlineFeatures = FeatureReader & Disposable

type Joins = NonNullable<Project['featureStore']>['joins']

/**
 * Opens the store for the joins of a project's feature store. Another file that comes to its place is read in its stead, as soon as
 * all that the open one has is in it, too: a file that was removed would be read for ever.
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
  const { joins } = featureStore
  const followed = followStore(path, joins, now)
  const reader = createFeatureReader({ find: (...key) => followed.current().find(...key) }, joins, {
    now,
  })
  return { ...reader, [Symbol.dispose]: followed[Symbol.dispose] }
}

const lookEveryMs = 1000

function followStore(
  path: string,
  joins: Joins,
  now: () => number,
): Disposable & { readonly current: () => OnlineStore } {
  let file = fileAt(path)
  let store = openOnlineStore(path)
  let looked = now()
  const look = (): void => {
    const found = fileAt(path)
    if (found === undefined || found === file) return
    const fresh = openWhole(path)
    if (fresh === undefined) return
    if (!hasAllOf(fresh, store, joins)) return fresh[Symbol.dispose]()
    store[Symbol.dispose]()
    store = fresh
    file = found
  }
  return {
    current: () => {
      if (Math.abs(now() - looked) >= lookEveryMs) {
        look()
        looked = now()
      }
      return store
    },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  }
}

/** Nothing while the file is being copied: half of one is no database. */
function openWhole(path: string): OnlineStore | undefined {
  try {
    return openOnlineStore(path)
  } catch (error) {
    if (error instanceof ToolkitError) return undefined
    throw error
  }
}

/** What tells a file from another at the same path; nothing of an empty one, in which an opened store would make its tables. */
function fileAt(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && found.size > 0 ? `${found.dev} ${found.ino}` : undefined
}

/** Whether a new store has been brought each view that the old one has. */
function hasAllOf(fresh: OnlineStore, store: OnlineStore, joins: Joins): boolean {
  return joins.every(
    ({ view }) => store.progress(view) === undefined || fresh.progress(view) !== undefined,
  )
}
