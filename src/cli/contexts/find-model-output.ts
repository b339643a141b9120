import { ToolkitError } from '../../core/errors.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { openTracker, type TrackerFlags } from '../flags/tracker-flags.ts'

/**
 * What the model of this name gives: as the registry's champion says, which is what a server asks, else as the project
 * in the current folder does; `undefined` where neither knows it.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` for a project that cannot be loaded
 */
export async function findModelOutput(
  model: string,
  flags: TrackerFlags,
): Promise<ModelOutput | undefined> {
  return (await outputOfChampion(model, flags)) ?? (await outputOfProject(model))
}

async function outputOfChampion(
  model: string,
  flags: TrackerFlags,
): Promise<ModelOutput | undefined> {
  const { loadModelParts } = await import('../../project/served-model.ts')
  const { describeModel } = await import('../../model/index.ts')
  try {
    const parts = await loadModelParts(`models:/${model}@champion`, () => openTracker(flags))
    return describeModel(parts, parts.place).output ?? { kind: 'probability' }
  } catch (error) {
    // No registry, no champion, or a name that no registry can have: somebody else has to know.
    if (error instanceof ToolkitError) return undefined
    throw error
  }
}

async function outputOfProject(model: string): Promise<ModelOutput | undefined> {
  const { hasProject, loadProject } = await import('../../project/project-file.ts')
  if (!(await hasProject(process.cwd()))) return undefined
  const project = await loadProject(process.cwd())
  return project.name === model ? project.output : undefined
}
