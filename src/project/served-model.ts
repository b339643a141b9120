import { ToolkitError } from '../core/errors.ts'
import type { Predictor } from '../core/predictor.ts'
import type { Tracking } from '../core/tracking.ts'
import { modelFiles, openModel, openPredictor, parseManifest } from '../model/index.ts'
import { loadModel, type LoadedModel } from '../tracking/client/load-model.ts'
import { parseModelAddress } from '../tracking/client/model-address.ts'

/** A model to serve, with its version when it came from the registry. */
export interface ServedModel {
  readonly predictor: Predictor
  readonly modelVersion: string | undefined
}

/**
 * Opens what a selector names: `models:/name@alias`, `models:/name/3`, `models:/m-…`,
 * `runs:/<run>/<path>`, or a folder with an MLmodel file.
 *
 * @param openTracking - called only for addresses of a tracker
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID`, `CLI_USAGE`
 */
export async function openServedModel(
  selector: string,
  openTracking: () => Promise<Tracking>,
): Promise<ServedModel> {
  if (!/^(?:models|runs):/.test(selector)) {
    return { predictor: await openPredictor(selector), modelVersion: undefined }
  }
  checkAddress(selector)
  await using tracking = await openTracking()
  const model = await load(tracking, selector)
  return {
    predictor: await openLoadedModel(model, selector),
    modelVersion: model.version?.version,
  }
}

/** @throws {ToolkitError} `CLI_USAGE` for what is no address of a model */
export function checkAddress(selector: string): void {
  try {
    parseModelAddress(selector)
  } catch (cause) {
    throw new ToolkitError('CLI_USAGE', `'${selector}' is no model address`, {
      hint: 'write models:/name@alias or models:/name/3, or name a model folder',
      cause,
    })
  }
}

async function load(tracking: Tracking, selector: string): Promise<LoadedModel> {
  try {
    return await loadModel(tracking, selector)
  } catch (error) {
    if (!(error instanceof ToolkitError) || error.code !== 'MODEL_NOT_FOUND') throw error
    throw new ToolkitError('MODEL_NOT_FOUND', error.message, {
      hint: "make and promote one with 'mlpt run'; if the store was deleted, with 'mlpt run --force promote'",
      details: error.details,
      cause: error,
    })
  }
}

async function openLoadedModel({ files }: LoadedModel, place: string): Promise<Predictor> {
  const manifest = files.get(modelFiles.manifest)
  const onnx = files.get(modelFiles.onnx)
  if (manifest === undefined || onnx === undefined) {
    throw new ToolkitError('MODEL_NOT_FOUND', `${place} has no ONNX model among its artifacts`, {
      hint: "register a version with 'mlpt run --force'",
    })
  }
  const path = `${place}/${modelFiles.manifest}`
  return openModel(parseManifest(new TextDecoder().decode(manifest), path), onnx)
}
