import { ToolkitError } from '../core/errors.ts'
import type { Predictor } from '../core/predictor.ts'
import type { Tracking } from '../core/tracking.ts'
import { openPredictor } from '../model/index.ts'
import { openModelVersion } from '../training/registry.ts'

/** A model to serve, with its version when it came from the registry. */
export interface ServedModel {
  readonly predictor: Predictor
  readonly modelVersion: string | undefined
}

const modelUri = /^models:\/([^/@]+)(?:@([^/@]+)|\/([^/@]+))$/

/**
 * Opens what a selector names: `models:/name@alias`, `models:/name/3`, or a
 * folder with an MLmodel file.
 *
 * @param openTracking - called only for `models:/` selectors
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID`, `CLI_USAGE`
 */
export async function openServedModel(
  selector: string,
  openTracking: () => Promise<Tracking>,
): Promise<ServedModel> {
  if (!selector.startsWith('models:')) {
    return { predictor: await openPredictor(selector), modelVersion: undefined }
  }
  const [, name, alias, version] = modelUri.exec(selector) ?? []
  const wanted = alias ?? version
  if (name === undefined || wanted === undefined) {
    throw new ToolkitError('CLI_USAGE', `'${selector}' is no model address`, {
      hint: 'write models:/name@alias or models:/name/3, or name a model folder',
    })
  }
  await using tracking = await openTracking()
  const found = await tracking.findModelVersion(name, wanted)
  if (found === undefined) {
    throw new ToolkitError('MODEL_NOT_FOUND', `the registry has no '${selector}'`, {
      hint: "make and promote one with 'mlpt run'; if the store was deleted, with 'mlpt run --force promote'",
    })
  }
  return { predictor: await openModelVersion(tracking, found), modelVersion: found.version }
}
