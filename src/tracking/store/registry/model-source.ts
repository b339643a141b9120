/**
 * What a model version may name as its source. Nothing here opens anything: a source is a text,
 * and the rules keep it from naming what its run or logged model does not own, because
 * other programs follow it.
 */

import { ToolkitError } from '../../../core/errors.ts'

/** A source by what it names. */
export type ModelSource =
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'logged-model'; readonly modelId: string }
  | { readonly kind: 'version'; readonly name: string; readonly selector: string }
  /** Among the artifacts of this server. */
  | { readonly kind: 'artifact' }
  | { readonly kind: 'local' }
  /** A store like S3, which others read with rights of their own. */
  | { readonly kind: 'remote' }

/** Where the artifacts of the run and the logged model lie that the version names; `undefined` for what is not there. */
export interface SourceRoots {
  readonly runId: string | undefined
  readonly runRoot: string | undefined
  readonly modelId: string | undefined
  readonly modelRoot: string | undefined
}

/** What clients send with prompts, which have no files. */
const promptSources: ReadonlySet<string> = new Set(['dummy-source', 'prompt-template'])

const maxLength = 2000

/** Schemes whose address names a host to be asked: a reader would be sent anywhere. */
const hostSchemes = /^(?:https?|ftps?|sftp|hdfs|viewfs|r2|data|javascript)$/

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function parseModelSource(source: string): ModelSource {
  checkText(source)
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 'file') return { kind: 'local' }
  if (scheme === 'runs') return parseRunSource(source)
  if (scheme === 'models') return parseModelsSource(source)
  if (scheme === 'mlflow-artifacts') return { kind: 'artifact' }
  if (!hostSchemes.test(scheme)) return { kind: 'remote' }
  throw invalidSource(source, `the scheme '${scheme}' is not allowed`)
}

/** @throws {ToolkitError} `TRACKING_INVALID` when the source is not inside what the version names. */
export function checkModelSource(source: string, parsed: ModelSource, roots: SourceRoots): void {
  if (isContained(source, parsed, roots)) return
  const parameter =
    roots.modelId === undefined && parsed.kind !== 'logged-model' ? 'run_id' : 'model_id'
  throw invalidSource(
    source,
    `the ${parameter} request parameter must identify the resource that contains the source`,
  )
}

function isContained(source: string, parsed: ModelSource, roots: SourceRoots): boolean {
  switch (parsed.kind) {
    case 'run':
      // A version of a logged model has that model's source.
      return roots.modelId === undefined && (roots.runId ?? parsed.runId) === parsed.runId
    case 'logged-model':
      return roots.modelId === parsed.modelId && roots.modelRoot !== undefined
    case 'artifact':
    case 'local':
      return isInside(source, roots.modelId === undefined ? roots.runRoot : roots.modelRoot)
    case 'version':
    case 'remote':
      return true
  }
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkPromptSource(source: string): void {
  if (promptSources.has(source)) return
  throw invalidSource(source, `a prompt has the source ${[...promptSources].join(' or ')}`)
}

function checkText(source: string): void {
  if (source.trim() === '') throw invalidSource(source, 'it is empty')
  if (source.length > maxLength) {
    throw invalidSource(source.slice(0, 100), `it is longer than ${maxLength} characters`)
  }
  const plain = unquote(source)
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (!plain.isWellFormed() || /[\0-\x1f\x7f]/.test(plain)) {
    throw invalidSource(source, 'it holds control characters')
  }
  if (plain.split(/[/\\?#;]/).includes('..')) {
    throw invalidSource(
      source,
      'an absolute path must be provided without relative path references present',
    )
  }
}

function parseRunSource(source: string): ModelSource {
  const runId = /^runs:\/([^/?#]+)(?:\/|$)/i.exec(source)?.[1]
  if (runId !== undefined) return { kind: 'run', runId }
  throw invalidSource(source, 'expected runs:/<run id>/<path>')
}

function parseModelsSource(source: string): ModelSource {
  const parts = /^models:\/(?:(m-[^/@?#]+)|([^/@?#]+)[/@]([^/@?#]+))$/i.exec(source)
  const [, modelId, name, selector] = parts ?? []
  if (modelId !== undefined) return { kind: 'logged-model', modelId }
  if (name !== undefined && selector !== undefined) return { kind: 'version', name, selector }
  throw invalidSource(source, 'expected models:/<model id>, models:/<name>/<version> or an alias')
}

/** By whole parts, and never by a root without any. */
function isInside(source: string, root: string | undefined): boolean {
  if (root === undefined) return false
  const [place, rootPlace] = [placeOf(source), placeOf(root)]
  return (
    place.start === rootPlace.start &&
    rootPlace.parts.length > 0 &&
    rootPlace.parts.every((part, i) => place.parts[i] === part)
  )
}

/** Scheme and host, then the parts of the path as they read when nothing is quoted. */
function placeOf(uri: string): { readonly start: string; readonly parts: readonly string[] } {
  const [, scheme = 'file', host = '', path = ''] =
    /^(?:([a-z][a-z0-9+.-]+):)?(?:\/\/([^/?#]*))?(.*)$/is.exec(uri) ?? []
  return {
    start: `${scheme.toLowerCase()}://${host.toLowerCase()}`,
    parts: path
      .split('/')
      .map(unquote)
      .filter((part) => part !== '' && part !== '.'),
  }
}

/** Percent signs are undone until none is left to undo, so that nothing hides behind quoted quotes. */
function unquote(text: string): string {
  for (let quoted = text; ;) {
    const plain = quoted.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
    if (plain === quoted) return plain
    quoted = plain
  }
}

function invalidSource(source: string, why: string): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', `Invalid model version source: '${source}'. ${why}`)
}
