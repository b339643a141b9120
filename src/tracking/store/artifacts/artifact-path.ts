import { ToolkitError } from '../../../core/errors.ts'

/**
 * The parts of an artifact's path; every use of one (read, list, write, over HTTP or
 * not) goes through here. `''` is the root and has no parts.
 *
 * Refused is all that could leave the root or mean something else to a file system:
 * `.` and `..`, empty parts, a leading or trailing `/`, backslashes, control
 * characters, drive letters, and the names that unfinished writes carry. `#`, `?`,
 * `%` and `;` are ordinary characters: nothing is decoded or parsed again.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`
 */
export function parseArtifactPath(path: string): readonly string[] {
  if (path === '') return []
  const parts = path.split('/')
  if (
    Buffer.byteLength(path) > maxPathBytes ||
    /^[A-Za-z]:/.test(path) ||
    !parts.every(isPlainName)
  ) {
    // MLflow's words, to the letter: its tests want no other.
    throw new ToolkitError('TRACKING_INVALID', 'Invalid path', {
      hint: `an artifact's path is names joined by '/', without '..', '.', '\\' and empty parts; this is '${path.slice(0, 200)}'`,
      details: { path },
    })
  }
  return parts
}

/**
 * Where artifacts of a URI lie below the folder of artifacts.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` when they lie elsewhere: a location that a
 *   client gave is never opened.
 */
export function parseArtifactUri(artifactUri: string): string {
  const path = /^mlflow-artifacts:\/(?!\/)(.+)$/s.exec(artifactUri)?.[1]
  if (path !== undefined) return parseArtifactPath(path).join('/')
  throw new ToolkitError(
    'TRACKING_INVALID',
    `the artifacts lie at '${artifactUri.slice(0, 200)}', which only the client may open`,
  )
}

/** Leaves room for the root: systems take 4,096. */
const maxPathBytes = 2000

/** Whether a file's name is one that an unfinished atomic write carries. */
export function isTemporaryName(name: string): boolean {
  return /^\..*\.\d+\.tmp$/.test(name)
}

function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    // eslint-disable-next-line no-control-regex -- control characters are what it refuses
    !/[\\\u0000-\u001f\u007f]/.test(name) &&
    Buffer.byteLength(name) <= 200 &&
    name.isWellFormed() &&
    !isTemporaryName(name)
  )
}
