/** What a package says of itself: which model it serves and where that comes from. */

import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import { packageVersion } from '../../core/version.ts'

/** The manifest's name in the folder, by which a folder is known to be a package. */
export const manifestName = 'mlpt-package.json'

/** Where a model comes from; what is not known is null. */
export interface PackageLineage {
  readonly version: string | null
  readonly runId: string | null
  readonly modelId: string | null
  readonly commit: string | null
  readonly dataHash: string | null
  /** SHA-256 of the dvc.lock that was there. */
  readonly lockHash: string | null
}

/** The whole manifest. */
export interface PackageManifest {
  readonly format: 1
  readonly kind: 'server' | 'bento'
  readonly toolkit: string
  readonly model: { readonly name: string; readonly digest: string } & PackageLineage
  /** SHA-256 in hex of every other file, by path. */
  readonly files: Readonly<Record<string, string>>
}

/** A model of which nothing is known but its files. */
export const unknownLineage: PackageLineage = {
  version: null,
  runId: null,
  modelId: null,
  commit: null,
  dataHash: null,
  lockHash: null,
}

/** Describes the files of a package; they may stand in any order. */
export function createPackageManifest(
  kind: PackageManifest['kind'],
  model: PackageManifest['model'],
  files: ReadonlyMap<string, string | Uint8Array>,
): PackageManifest {
  const hashes = [...files].map(
    ([path, content]) => [path, createHash('sha256').update(content).digest('hex')] as const,
  )
  return {
    format: 1,
    kind,
    toolkit: packageVersion,
    model,
    files: Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/**
 * What the server of a package needs of its manifest.
 *
 * @param place - the file's path, for messages
 * @throws {ToolkitError} `MODEL_INVALID`
 */
export function parsePackagedModel(
  text: string,
  place: string,
): {
  /** Of a model that mlflow wrote the folder says none: in a package it is called otherwise. */
  readonly name: string | undefined
  readonly digest: string
  readonly version: string | undefined
} {
  const document = parseJsonText(text)
  const model = isObject(document) && document['format'] === 1 ? document['model'] : undefined
  if (!isObject(model) || typeof model['digest'] !== 'string') {
    throw new ToolkitError('MODEL_INVALID', `${place} is no manifest of a package`, {
      hint: "make the package again with 'mlpt package'",
    })
  }
  const { name, digest, version } = model
  return { name: textOf(name), digest, version: textOf(version) }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The paths of a package's files, the manifest among them; `undefined` when the text is no manifest. */
export function listPackagedFiles(text: string): readonly string[] | undefined {
  const document = parseJsonText(text)
  const isManifest = isObject(document) && document['format'] === 1 && isObject(document['model'])
  return isManifest && isObject(document['files'])
    ? [...Object.keys(document['files']), manifestName]
    : undefined
}

/** @throws {ToolkitError} `MODEL_INVALID` when the model is not the one that was packaged */
export function checkPackagedDigest(packaged: string, found: string): void {
  if (packaged === found) return
  throw new ToolkitError(
    'MODEL_INVALID',
    `the model's SHA-256 is ${found}, but ${packaged} was packaged`,
    { hint: "copy the whole package again, or make it again with 'mlpt package'" },
  )
}
