/** Makes packages of models. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode, writeFolderAtomically } from '../../core/atomic-file.ts'
import { nameBelow, readFolder } from './read-folder-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import {
  createPredictor,
  describeModel,
  digestOf,
  givesMaps,
  modelFiles,
  openModel,
  type ModelManifest,
} from '../../model/index.ts'
import {
  createBentoPackage,
  createServerPackage,
  type PackagedModel,
  type PackageFiles,
} from '../../serving/package/create-package.ts'
import {
  listPackagedFiles,
  manifestName,
  type PackageLineage,
} from '../../serving/package/package-manifest.ts'
import { checkOwnExample } from '../../serving/package/check-own-example.ts'
import { readServerProgram } from './package-program-file.ts'

/** Which package to make, and of what. */
export interface PackageRequest {
  /** The model folder by path: 'MLmodel', 'model.onnx', … */
  readonly files: PackageFiles
  /** For messages: an address or a folder. */
  readonly place: string
  readonly lineage: PackageLineage
  readonly kind: 'server' | 'bento'
  readonly output: string
  /** Replace an earlier package also where files were added to it. */
  readonly isForced: boolean
}

/** What was made. */
export interface PackageResult {
  readonly output: string
  readonly kind: 'server' | 'bento'
  readonly model: PackagedModel['origin']
  readonly needsRuntime: boolean
  readonly files: number
  readonly sizeBytes: number
}

/**
 * Writes a package, whole or not at all. The model has scored its own example before.
 *
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID`; `FILE_WRITE_FAILED`, also when there is a
 *   folder that is no package, or one with other files in it
 */
export async function packageModel(request: PackageRequest): Promise<PackageResult> {
  const { kind, output } = request
  await checkTarget(output, request.isForced)
  const model = await readPackagedModel(request)
  if (kind === 'bento') checkGivesTensor(model)
  const files =
    kind === 'server'
      ? createServerPackage(model, await readServerProgram())
      : createBentoPackage(model)
  await writeFolderAtomically(output, files)
  const { origin, needsRuntime } = model
  const sizes = Array.from(files.values(), (content) => Buffer.byteLength(content))
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0)
  return { output, kind, model: origin, needsRuntime, files: files.size, sizeBytes }
}

/**
 * What lies at the path must be a package, or nothing: replacing a folder is removing it, and no flag is worth
 * somebody's home.
 */
async function checkTarget(output: string, isForced: boolean): Promise<void> {
  const found = await listIfFolder(output)
  if (found.length === 0) return
  const packaged = found.includes(manifestName)
    ? listPackagedFiles(await readFile(join(output, manifestName), 'utf8'))
    : undefined
  if (packaged === undefined) {
    throw refuse(output, 'it is a folder that no package was written to', 'name another folder')
  }
  const other = found.find((path) => !packaged.includes(path))
  if (other === undefined || isForced) return
  const hint = 'take it out of the folder, or say --force to lose it'
  throw refuse(output, `'${other}' in it is no file of the package`, hint)
}

function refuse(path: string, why: string, hint: string, cause?: unknown): ToolkitError {
  const message = `cannot write '${path}': ${why}`
  return new ToolkitError('FILE_WRITE_FAILED', message, { hint, details: { path }, cause })
}

/** All that lies in a folder and below but folders, by path. */
async function listIfFolder(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path)
    if (!entries.includes(manifestName)) return entries
    return await listFilesBelow(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw refuse(path, systemCode(error) ?? 'unknown', 'name a folder that is not there yet', error)
  }
}

async function listFilesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => nameBelow(directory, join(entry.parentPath, entry.name)))
    .sort()
}

async function readPackagedModel(request: PackageRequest): Promise<PackagedModel> {
  const { files, place, lineage } = request
  for (const path of files.keys()) checkPath(path, place)
  const onnx = bytesOf(files, modelFiles.onnx, place)
  const decoder = new TextDecoder()
  const text = decoder.decode(bytesOf(files, modelFiles.manifest, place))
  const example = files.get(modelFiles.inputExample)
  const inputExample = example && decoder.decode(Buffer.from(example))
  const manifest = describeModel(
    { manifest: text, onnx, inputExample },
    `${place}/${modelFiles.manifest}`,
  )
  const needsRuntime = await findWhetherForeign(manifest, onnx)
  const origin = { name: manifest.name, digest: digestOf(onnx), ...lineage }
  return { manifest, files, origin, needsRuntime }
}

/** The Python of a BentoML project takes a tensor of probabilities. */
function checkGivesTensor({ files, manifest }: PackagedModel): void {
  if (!givesMaps(bytesOf(files, modelFiles.onnx, manifest.name))) return
  throw new ToolkitError('MODEL_INVALID', 'the model gives its probabilities as dictionaries', {
    hint: "for BentoML export it with options={'zipmap': False}, or package it without --bento",
  })
}

/** A tracking server may name its files anything. */
function checkPath(path: string, place: string): void {
  const parts = path.split('/')
  const leadsOut = parts.some((part) => part === '..' || part === '.' || part === '')
  if (!leadsOut && !path.includes('\\') && !path.includes('\0')) return
  throw new ToolkitError(
    'PATH_FORBIDDEN',
    `${place} has a file '${path}', which is no path below`,
    {
      hint: 'package another version',
    },
  )
}

function bytesOf(files: PackageFiles, name: string, place: string): Uint8Array {
  const content = files.get(name)
  if (content !== undefined) return Buffer.from(content)
  throw new ToolkitError(
    'MODEL_NOT_FOUND',
    `there is no model in '${place}': it has no '${name}'`,
    {
      hint: "name a folder with an MLmodel file, or make one with 'mlpt run'",
    },
  )
}

/** Whether the model takes onnxruntime-node. Where it can be opened here, it scores its example. */
async function findWhetherForeign(manifest: ModelManifest, onnx: Uint8Array): Promise<boolean> {
  try {
    checkOwnExample(createPredictor(manifest, onnx))
    return false
  } catch (error) {
    // What is damaged is so for onnxruntime too, and is told below.
    if (!(error instanceof ToolkitError)) throw error
  }
  try {
    checkOwnExample(await openModel(manifest, onnx))
  } catch (error) {
    // This machine has no onnxruntime-node; where the package goes, there will be one.
    if (!isUnsupported(error)) throw error
  }
  return true
}

function isUnsupported(error: unknown): boolean {
  return error instanceof ToolkitError && error.code === 'MODEL_OPERATOR_UNSUPPORTED'
}

/** Reads the files of a model folder, and of those below it. @throws {ToolkitError} `MODEL_NOT_FOUND` */
export async function readModelFiles(directory: string): Promise<PackageFiles> {
  try {
    return await readFolder(directory)
  } catch (error) {
    throw new ToolkitError(
      'MODEL_NOT_FOUND',
      `there is no model in '${directory}': it cannot be read (${systemCode(error) ?? 'unknown'})`,
      { hint: "name a folder with an MLmodel file, or make one with 'mlpt run'", cause: error },
    )
  }
}
