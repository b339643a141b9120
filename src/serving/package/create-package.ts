/** Everything in a package, before it is written. */

import type { ModelManifest } from '../../model/index.ts'
import { bentoFiles } from './bento-files.ts'
import { formatDockerfile, formatDockerIgnore, formatPackageJson } from './container-files.ts'
import { createPackageManifest, manifestName, type PackageManifest } from './package-manifest.ts'
import { formatServerReadme } from './readme.ts'
import { formatJson } from '../../core/json.ts'

/** Contents by path, with forward slashes. */
export type PackageFiles = ReadonlyMap<string, string | Uint8Array>

/** A model to package. */
export interface PackagedModel {
  readonly manifest: ModelManifest
  /** The model folder: 'MLmodel', 'model.onnx', … */
  readonly files: PackageFiles
  readonly origin: PackageManifest['model']
  /** Whether its operators take onnxruntime-node. */
  readonly needsRuntime: boolean
}

/**
 * A folder that serves the model by Node alone. The same model gives the same bytes.
 *
 * @param program - the bundled server: 'server.js', 'health.js', …
 */
export function createServerPackage(model: PackagedModel, program: PackageFiles): PackageFiles {
  const { manifest, files, origin, needsRuntime } = model
  return withManifest('server', origin, [
    ...program,
    ...below('model', files),
    ['package.json', formatPackageJson(manifest.name, needsRuntime)],
    ['Dockerfile', formatDockerfile(needsRuntime)],
    ['.dockerignore', formatDockerIgnore()],
    ['README.md', formatServerReadme(manifest, origin, needsRuntime)],
  ])
}

/** A BentoML project of the model: what `bentoml build` and `bentoml serve` take. The same model gives the same bytes. */
export function createBentoPackage(model: PackagedModel): PackageFiles {
  const { manifest, files, origin } = model
  return withManifest('bento', origin, [...below('model', files), ...bentoFiles(manifest, origin)])
}

function withManifest(
  kind: PackageManifest['kind'],
  origin: PackageManifest['model'],
  entries: Iterable<readonly [string, string | Uint8Array]>,
): PackageFiles {
  const files = new Map(entries)
  const manifest = createPackageManifest(kind, origin, files)
  return new Map([...files, [manifestName, formatJson(manifest)]])
}

function below(folder: string, files: PackageFiles): (readonly [string, string | Uint8Array])[] {
  return [...files].map(([path, content]) => [`${folder}/${path}`, content] as const)
}
