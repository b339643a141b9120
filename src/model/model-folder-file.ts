import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode, writeFolderAtomically } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import type { Predictor } from '../core/predictor.ts'
import { formatModelFolder, modelFiles, type ModelManifest } from './mlmodel.ts'
import { openModel } from './open-model.ts'
import { describeModel } from './describe-model.ts'

/** Writes a whole model folder in MLflow's layout, or nothing. @throws {ToolkitError} `FILE_WRITE_FAILED` */
export async function writeModelFolder(
  directory: string,
  manifest: ModelManifest,
  onnx: Uint8Array,
): Promise<void> {
  await writeFolderAtomically(directory, formatModelFolder(manifest, onnx))
}

/**
 * Opens the model in a folder, ready to score: here where all its operators are known, else in
 * onnxruntime-node, an optional peer dependency.
 *
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 */
export async function openPredictor(directory: string): Promise<Predictor> {
  const { manifest, onnx } = await readModelFolder(directory)
  return openModel(manifest, onnx)
}

/** @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID` */
export async function readModelFolder(
  directory: string,
): Promise<{ manifest: ModelManifest; onnx: Uint8Array }> {
  const text = await readPart(directory, modelFiles.manifest)
  const onnx = await readPart(directory, modelFiles.onnx, pickleHint(text))
  const place = join(directory, modelFiles.manifest)
  const parts = {
    manifest: new TextDecoder().decode(text),
    onnx,
    inputExample: await readInputExample(directory),
  }
  return { manifest: describeModel(parts, place), onnx }
}

async function readInputExample(directory: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, modelFiles.inputExample), 'utf8')
  } catch {
    return undefined // A folder may be without.
  }
}

/** Of a model that mlflow saved as Python's own objects, which only Python reads. */
function pickleHint(manifest: Uint8Array): string | undefined {
  const module = /^ +loader_module: mlflow\.(?!onnx)(\w+)/m.exec(new TextDecoder().decode(manifest))
  return module === null
    ? undefined
    : `it is a model of mlflow.${module[1]}: export it to ONNX and save it with mlflow.onnx, see docs/python-stages.md`
}

async function readPart(
  directory: string,
  name: string,
  hint = "name a folder with an MLmodel file, or make one with 'mlpt run'",
): Promise<Uint8Array> {
  try {
    return await readFile(join(directory, name))
  } catch (error) {
    throw new ToolkitError(
      'MODEL_NOT_FOUND',
      `there is no model in '${directory}': '${name}' cannot be read (${systemCode(error) ?? 'unknown'})`,
      { hint, cause: error },
    )
  }
}
