/** Puts into the work tree of an experiment what git does not: links, where the cache is, and data. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import type { OpenCacheOptions } from '../cache/open-cache-store.ts'
import { emptyConfigDocument } from '../config/config-document.ts'
import { setOption } from '../config/edit-config.ts'
import { formatConfig } from '../config/format-config.ts'
import { openRepository } from '../repository/repository-file.ts'
import type { Repository } from '../repository/repository.ts'
import { isWithin } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'
import { restoreSources } from './experiment-data-file.ts'
import type { GitRepository } from './git-repository.ts'
import { listLinks, makeLinks } from './links-process.ts'
import { ownFiles } from './own-files.ts'
import { pathInWorktree } from './plan-process.ts'

/** What a work tree is furnished with. */
export interface Furniture extends OpenCacheOptions {
  /** Ignored paths from git's root, to link. */
  readonly links: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Makes a fresh work tree ready to run in.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`, `FILE_WRITE_FAILED`
 */
export async function furnishWorktree(
  worktree: string,
  repository: GitRepository,
  furniture: Furniture,
): Promise<void> {
  const { gitRoot, root } = repository
  makeLinks(gitRoot, worktree, furniture.links)
  const ownRoot = pathInWorktree(gitRoot, worktree, root)
  mkdirSync(join(ownRoot, '.dvc'), { recursive: true })
  await writeFileAtomically(join(ownRoot, '.dvc', 'config.local'), localConfig(repository))
  await restoreSources(openRepository(ownRoot, { env: furniture.env }), furniture)
}

/** The settings that a run asks for; never those that may hold secrets. */
function localConfig({ config, cacheFolder }: Repository): string {
  let document = emptyConfigDocument
  for (const section of ['core', 'cache', 'parsing']) {
    const options = new Map(config.sections.get(section))
    if (section === 'cache') options.set('dir', cacheFolder)
    for (const [option, value] of options) {
      document = setOption(document, { group: undefined, section, option }, value)
    }
  }
  return formatConfig(document)
}

/**
 * The ignored paths to link into work trees: all but outputs, files of parameters and pipelines, `.dvc` and the store of runs.
 *
 * @throws {ToolkitError} `GIT_FAILED`
 */
export function linksFor(
  { gitRoot, root }: GitRepository,
  {
    stages,
    storeFolder,
    submodules,
  }: {
    readonly stages: readonly Stage[]
    readonly storeFolder: string
    /** From git's root; nothing in them is of an experiment. */
    readonly submodules: readonly string[]
  },
): string[] {
  const isForeign = (location: string): boolean =>
    submodules.some((path) => isWithin(location, join(gitRoot, path)))
  const own = ownFiles(stages, { root }).filter((location) => !isForeign(location))
  const outputs = stages.flatMap((stage) => stage.outputs.map(({ location }) => location))
  return listLinks({
    gitRoot,
    submodules,
    excluded: [join(root, '.dvc'), storeFolder, ...outputs, ...own],
    dependencies: stages.flatMap((stage) => stage.dependencies.map(({ location }) => location)),
  })
}
