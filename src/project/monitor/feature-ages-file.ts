/** How new the feature views of a project are, for alerts. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { summarizeFeatures } from '../../data/feature-store/feature-store-file.ts'
import { openOnlineStore } from '../../data/feature-store/online-store.ts'
import type { AgeLimit } from '../../monitoring/watch/alert-age.ts'
import type { Project } from '../definition/define-project.ts'
import { findView } from '../definition/feature-views.ts'
import { layoutOf } from '../layout.ts'

/** Where the views are. */
interface FeatureStores {
  readonly directory: string
  readonly project: Project
  /** The file of the online store. */
  readonly onlineStore: string
}

/**
 * The last moment of a view, milliseconds since 1970: `until` of `mlpt features list`, or up to when the online store has it.
 * `undefined` where there is nothing.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID`, `CONFIG_INVALID` as the stores do
 */
export async function readNewest(
  { measure, view: name }: AgeLimit,
  { directory, project, onlineStore }: FeatureStores,
): Promise<number | undefined> {
  const view = findView(project, name)
  if (measure === 'online_age') {
    if (!existsSync(onlineStore)) return undefined
    using store = openOnlineStore(onlineStore)
    return toTime(store.progress(view)?.until)
  }
  const store = join(directory, layoutOf(project.name).store)
  const [summary] = await summarizeFeatures([view], { store })
  return toTime(summary?.until)
}

function toTime(moment: string | undefined): number | undefined {
  return moment === undefined ? undefined : Date.parse(moment)
}
