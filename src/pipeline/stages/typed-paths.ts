/** Which paths of a repository are metrics or plots: outputs of stages, and what a top level names. Pure. */

import { dirname, join, resolve } from 'node:path'
import type { Pipeline } from './parse-pipeline.ts'
import type { PlotDefinition } from './parse-top-level.ts'

/** What paths may be, beside data. */
export const pathTypes = ['metrics', 'plots'] as const

/** One of {@link pathTypes}. */
export type PathType = (typeof pathTypes)[number]

/**
 * Absolute places: first of stages, then of the top level of each `dvc.yaml`. Each may be a file or a folder.
 *
 * @param root - of the repository, absolute
 */
export function typedPaths(
  { stages, topLevels }: Pipeline,
  root: string,
  type: PathType,
): string[] {
  const kind = type === 'metrics' ? 'metric' : 'plot'
  const outputs = stages.flatMap((stage) => stage.outputs.filter((output) => output.kind === kind))
  const named = Array.from(topLevels, ([file, { metrics, plots }]) => {
    const paths = type === 'metrics' ? metrics : plots.flatMap(filesOfPlot)
    return paths.map((path) => resolve(join(root, dirname(file)), path))
  })
  return [...outputs.map(({ location }) => location), ...named.flat()]
}

/** A plot whose values name files is not drawn from what it is called. */
function filesOfPlot({ id, x, y }: PlotDefinition): string[] {
  const files = y.flatMap(({ file }) => file ?? [])
  return files.length === 0 ? [id] : [...files, ...x.flatMap(({ file }) => file ?? [])]
}
