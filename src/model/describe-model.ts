import { isPlainText } from '../core/input-field.ts'
import { isObject } from '../core/json.ts'
import { createForeignManifest } from './foreign-manifest.ts'
import type { ModelManifest } from './mlmodel.ts'
import { readMissingText } from './onnx/read-interface.ts'
import { parseManifestDocument, parseManifestYaml } from './parse-manifest.ts'

/** The parts of a model folder that say what the model is. */
export interface DescribedParts {
  /** The text of its MLmodel. */
  readonly manifest: string
  readonly onnx: Uint8Array
  /** The text of MLflow's input example, where there is one. */
  readonly inputExample?: string | undefined
}

/**
 * The manifest of a model folder, also of one that mlflow wrote, without a flavor of ours.
 *
 * @param place - the path of its MLmodel, for messages; a model without our flavor is called as its folder
 * @throws {ToolkitError} `MODEL_INVALID`
 */
export function describeModel(parts: DescribedParts, place: string): ModelManifest {
  const document = parseManifestYaml(parts.manifest, place)
  const flavors = isObject(document) ? document['flavors'] : undefined
  const isForeign = isObject(flavors) && isObject(flavors['onnx']) && flavors['mlpt'] === undefined
  const manifest = isForeign
    ? createForeignManifest({ ...parts, document }, place)
    : parseManifestDocument(document, place)
  if (!Object.values(manifest.inputs).some(isPlainText)) return manifest
  const missingText = readMissingText(parts.onnx)
  return missingText === undefined ? manifest : { ...manifest, missingText }
}
