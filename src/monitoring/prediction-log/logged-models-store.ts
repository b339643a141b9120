import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { logKinds, modelOfFolder } from './log-folder.ts'
import { namesIn } from './settle-spools-store.ts'

/** The models that have a log, by name. */
export async function listLoggedModels(root: string): Promise<readonly string[]> {
  const models: string[] = []
  for (const name of await namesIn(root)) {
    const model = modelOfFolder(name)
    if (model === undefined) continue
    // Somebody may keep other things beside the logs, or have named another folder.
    const kinds = await namesIn(join(root, name))
    if (logKinds.some((kind) => kinds.includes(kind))) models.push(model)
  }
  return models.toSorted()
}

/** @throws {ToolkitError} `FILE_MISSING` when there is no log of this model */
export async function checkLogThere(root: string, model: string): Promise<void> {
  const known = await listLoggedModels(root)
  if (known.includes(model)) return
  const hint = known.length === 0 ? undefined : nameHint(model, known, 'models with a log')
  throw new ToolkitError('FILE_MISSING', `there is no prediction log of '${model}' in ${root}`, {
    hint: hint ?? "keep one with 'mlpt serve --prediction-log'",
    details: { root, model },
  })
}
