import { ToolkitError } from '../core/errors.ts'
import type { Predictor } from '../core/predictor.ts'
import type { ModelManifest } from './mlmodel.ts'
import { withProbabilityTensor } from './onnx/map-output.ts'
import { hasExternalTensors, readInterface } from './onnx/read-interface.ts'
import { createRuntimePredictor } from './predictor-onnxruntime.ts'
import { createPredictor } from './predictor.ts'

/**
 * Opens a model of its parts: here where all its operators are known, else in onnxruntime-node, an optional
 * peer dependency that is loaded only then, and first in a process of its own, for a file can make it crash or hang.
 *
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED` when it takes onnxruntime-node, which is not installed;
 *   `MODEL_INVALID`
 */
export async function openModel(manifest: ModelManifest, onnx: Uint8Array): Promise<Predictor> {
  try {
    return createPredictor(manifest, onnx)
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return openForeignModel(manifest, onnx, error)
  }
}

/** @param refusal - why the model is not run here */
async function openForeignModel(
  manifest: ModelManifest,
  onnx: Uint8Array,
  refusal: ToolkitError,
): Promise<Predictor> {
  checkIsWhole(onnx)
  const { findOnnxRuntime, openRuntimeSession } = await import('./onnxruntime-process.ts')
  const runtime = findOnnxRuntime()
  if (runtime === undefined) {
    if (refusal.code !== 'MODEL_OPERATOR_UNSUPPORTED' && !takesOthers(onnx)) throw refusal
    throw new ToolkitError('MODEL_OPERATOR_UNSUPPORTED', refusal.message, {
      hint: "'npm install onnxruntime-node' runs every ONNX model",
      cause: refusal,
    })
  }
  const { tryModel } = await import('./onnxruntime-trial-process.ts')
  const loaded = withProbabilityTensor(onnx)
  await tryModel({ onnx: loaded, columns: Object.keys(manifest.inputs).length }, { runtime })
  return createRuntimePredictor(manifest, onnx, await openRuntimeSession(runtime, loaded))
}

/** Whether it has inputs that no model has that is run here, whatever its operators. */
function takesOthers(onnx: Uint8Array): boolean {
  return readInterface(onnx).inputs.some(({ type }) => !['float32', 'string'].includes(type ?? ''))
}

/** A model is one file here: it has one digest, and travels as bytes. */
function checkIsWhole(onnx: Uint8Array): void {
  if (!hasExternalTensors(onnx)) return
  throw new ToolkitError('MODEL_INVALID', 'the ONNX model has constants in a file beside it', {
    hint: 'save it with mlflow.onnx.save_model(…, save_as_external_data=False)',
  })
}
