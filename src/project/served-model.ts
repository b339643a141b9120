import { ToolkitError } from '../core/errors.ts'
import type { Predictor } from '../core/predictor.ts'
import type { Tracking } from '../core/tracking.ts'
import { describeModel, modelFiles, openModel, openPredictor } from '../model/index.ts'
import { loadModel, type LoadedModel } from '../tracking/client/load-model.ts'
import { parseModelAddress } from '../tracking/client/model-address.ts'

/** A model to serve, with its version when it came from the registry. */
export interface ServedModel {
  readonly predictor: Predictor
  readonly modelVersion: string | undefined
  /** When that version was registered, milliseconds since 1970. */
  readonly registeredAt?: number | undefined
}

/** The parts of a model in a registry or tracker, not yet opened. */
export interface ModelParts {
  /** Its MLmodel. */
  readonly manifest: string
  readonly onnx: Uint8Array
  /** MLflow's input example, where there is one. */
  readonly inputExample: string | undefined
  /** Where it lies, for messages. */
  readonly place: string
  readonly modelVersion: string | undefined
  /** When that version was registered, milliseconds since 1970. */
  readonly registeredAt: number | undefined
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
  return openModelParts(await loadModelParts(selector, openTracking))
}

/** The parts of the model that an address of a tracker names. @throws {ToolkitError} as {@link openServedModel} */
export async function loadModelParts(
  address: string,
  openTracking: () => Promise<Tracking>,
): Promise<ModelParts> {
  checkAddress(address)
  await using tracking = await openTracking()
  return await readModelParts(tracking, address)
}

/** As {@link loadModelParts}, of a tracker that stays open. */
export async function readModelParts(tracking: Tracking, address: string): Promise<ModelParts> {
  const { files, version } = await load(tracking, address)
  const manifest = files.get(modelFiles.manifest)
  const onnx = files.get(modelFiles.onnx)
  if (manifest === undefined || onnx === undefined) {
    throw new ToolkitError('MODEL_NOT_FOUND', `${address} has no ONNX model among its artifacts`, {
      hint: "register a version with 'mlpt run --force'",
    })
  }
  const place = `${address}/${modelFiles.manifest}`
  const decoder = new TextDecoder()
  const example = files.get(modelFiles.inputExample)
  return {
    manifest: decoder.decode(manifest),
    onnx,
    inputExample: example && decoder.decode(example),
    place,
    modelVersion: version?.version,
    registeredAt: version?.creationTimestamp,
  }
}

/** @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED` */
export async function openModelParts(parts: ModelParts): Promise<ServedModel> {
  const { onnx, place, modelVersion, registeredAt } = parts
  const predictor = await openModel(describeModel(parts, place), onnx)
  return { predictor, modelVersion, registeredAt }
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
