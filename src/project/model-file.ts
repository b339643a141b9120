import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Predictor } from '../core/predictor.ts'
import { openModel, readModelFolder, type ModelManifest } from '../model/index.ts'

/** A model folder of the work tree: ready to score, with its files as they are. */
export interface ModelOnDisk {
  readonly predictor: Predictor
  /** What its MLmodel says. */
  readonly manifest: ModelManifest
  /** What it predicts, as its MLmodel says. */
  readonly target: string
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Size of the ONNX file alone. */
  readonly onnxBytes: number
}

/** @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID` */
export async function readModel(directory: string): Promise<ModelOnDisk> {
  const { manifest, onnx } = await readModelFolder(directory)
  const names = await readdir(directory)
  const files = await Promise.all(
    names.sort().map(async (name) => [name, await readFile(join(directory, name))] as const),
  )
  return {
    predictor: await openModel(manifest, onnx),
    manifest,
    target: manifest.target,
    files: new Map(files),
    onnxBytes: onnx.byteLength,
  }
}
