import type { ServedModel } from '../../project/served-model.ts'
import { openPlace, placeOf, type TrackerFlags } from '../flags/tracker-flags.ts'

/**
 * Opens the model that a command names, or the champion of the project in the current folder.
 *
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID`, `CLI_USAGE`
 */
export async function openSelectedModel(
  selector: string | undefined,
  flags: TrackerFlags,
): Promise<ServedModel> {
  const { openServedModel } = await import('../../project/served-model.ts')
  return openServedModel(selector ?? (await championOfProject()), async () =>
    openPlace(placeOf(flags), { mustExist: false }),
  )
}

/** The address of the model that the project in the current folder serves. */
export async function championOfProject(): Promise<string> {
  const { loadProject } = await import('../../project/project-file.ts')
  const project = await loadProject(process.cwd())
  return `models:/${project.name}@champion`
}
