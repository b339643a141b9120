/** The online store that `mlpt serve --online-store` reads features from, as project.ts joins them. */

import type { OnlineFeatures } from '../../project/online-features-file.ts'

/** Nothing without a path. */
export async function openServedFeatures(
  path: string | undefined,
): Promise<OnlineFeatures | undefined> {
  if (path === undefined) return undefined
  const { loadProject } = await import('../../project/project-file.ts')
  const { openOnlineFeatures } = await import('../../project/online-features-file.ts')
  return openOnlineFeatures(path, await loadProject(process.cwd()), Date.now)
}
