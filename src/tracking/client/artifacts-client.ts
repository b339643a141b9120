/** Artifacts of the tracking contract through the proxy of MLflow's server, `mlflow-artifacts:`. */

import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { ToolkitError } from '../../core/errors.ts'
import type { ArtifactInfo, ArtifactOwner, ArtifactTracking } from '../../core/tracking.ts'
import { forEachAtOnce } from '../at-once.ts'
import { listArtifactFiles } from '../list-artifact-files.ts'
import { parseArtifactPath } from '../store/artifacts/artifact-path.ts'
import type { Connection } from './connection-client.ts'
import {
  createPartsProbe,
  defaultPartSizes,
  uploadInParts,
  type LargeFile,
  type PartSizes,
} from './multipart-client.ts'
import { integerOf, messageOf, messagesOf, textOf } from './message-values.ts'
import { getRunArtifactUri } from './runs-client.ts'

export function createArtifactClient(
  connection: Connection,
  partSizes: PartSizes = defaultPartSizes,
): ArtifactTracking {
  const rootOf = createRootFinder(connection)
  const openArtifact: ArtifactTracking['openArtifact'] = async (owner, path) => {
    checkFilePath(path)
    const address = addressOf(connection, await rootOf(owner), path)
    return connection.transfer({ method: 'GET', address })
  }
  const writeArtifact = createArtifactWriter(connection, rootOf, partSizes)
  const listArtifacts: ArtifactTracking['listArtifacts'] = async (owner, path) => {
    parseArtifactPath(path)
    return listFolder(connection, await rootOf(owner), path)
  }
  return {
    openArtifact,
    writeArtifact,
    listArtifacts,
    logArtifacts: async (runId, artifactPath, files) => {
      const paths = [...files].map(
        ([name, content]) => [join(artifactPath, name), content] as const,
      )
      parseArtifactPath(artifactPath)
      for (const name of files.keys()) checkFilePath(name)
      for (const [path] of paths) checkFilePath(path)
      await rootOf({ runId })
      await forEachAtOnce(paths, async ([path, content]) => writeArtifact({ runId }, path, content))
    },
    readArtifacts: async (runId, artifactPath) => {
      const owner = { runId }
      const paths = [...(await listArtifactFiles({ listArtifacts }, owner, artifactPath)).keys()]
      if (paths.length === 0) {
        throw new ToolkitError(
          'TRACKING_NOT_FOUND',
          `run '${runId}' has no artifacts below '${artifactPath}'`,
        )
      }
      const prefix = artifactPath === '' ? 0 : artifactPath.length + 1
      const contents = new Map<string, Uint8Array>()
      await forEachAtOnce(paths, async (path) => {
        const { content } = await openArtifact(owner, path)
        contents.set(path.slice(prefix), await buffer(content))
      })
      return new Map(paths.map((path) => [path.slice(prefix), contents.get(path.slice(prefix))!]))
    },
  }
}

function createArtifactWriter(
  connection: Connection,
  rootOf: RootFinder,
  partSizes: PartSizes,
): ArtifactTracking['writeArtifact'] {
  const takesParts = createPartsProbe(connection)
  return async (owner, path, content, size) => {
    checkFilePath(path)
    const root = await rootOf(owner)
    const sizeBytes = content instanceof Uint8Array ? content.length : size
    if (sizeBytes !== undefined && sizeBytes >= partSizes.fromBytes) {
      const file = placeOf(connection, root, path)
      if (await takesParts(file.serverUri)) {
        const large = { ...file, sizeBytes, content: asStream(content) }
        if (await uploadInParts(connection, large, partSizes)) return
      }
    }
    const address = addressOf(connection, root, path)
    const body = content instanceof Uint8Array ? content : Readable.from(content)
    const answer = await connection.transfer({ method: 'PUT', address, content: body })
    await buffer(answer.content) // its end is the end of the exchange
  }
}

type RootFinder = (owner: ArtifactOwner) => Promise<string>

/** Where artifacts lie never changes: each run and model is asked for once. */
function createRootFinder(connection: Connection): RootFinder {
  const known = new Map<string, string>()
  const mostKnown = 10_000
  return async (owner) => {
    const id = 'runId' in owner ? owner.runId : owner.modelId
    const root = known.get(id) ?? (await readRoot(connection, owner))
    if (known.size >= mostKnown) known.clear()
    known.set(id, root)
    return root
  }
}

async function readRoot(connection: Connection, owner: ArtifactOwner): Promise<string> {
  if ('runId' in owner) return getRunArtifactUri(connection, owner.runId)
  const path = `logged-models/${encodeURIComponent(owner.modelId)}`
  const model = messageOf(await connection.ask('GET', path), 'model')
  return textOf(messageOf(model, 'info'), 'artifact_uri')
}

const proxyPath = 'api/2.0/mlflow-artifacts/artifacts'

/** A file by its server, folder and name, as uploads in parts name it. */
function placeOf(
  connection: Connection,
  root: string,
  path: string,
): Pick<LargeFile, 'serverUri' | 'folder' | 'name'> {
  const { server, folder } = parseProxyUri(connection, root)
  const parts = parseArtifactPath(path)
  return {
    serverUri: server,
    folder: [...folder, ...parts.slice(0, -1).map(encodeURIComponent)],
    name: parts.at(-1)!,
  }
}

async function* asStream(
  content: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content
  else yield* content
}

/**
 * The address of a path below a root as the proxy knows it.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` for a root that only the storage itself can open
 */
function addressOf(connection: Connection, root: string, path: string): string {
  const { base, folder } = parseProxyUri(connection, root)
  return [base, ...folder, ...parseArtifactPath(path).map(encodeURIComponent)].join('/')
}

/** `mlflow-artifacts:/1/<run>/artifacts`, with a host when it is another server's. */
function parseProxyUri(
  connection: Connection,
  root: string,
): { readonly server: string; readonly base: string; readonly folder: readonly string[] } {
  const [, host, path] = /^mlflow-artifacts:(?:\/\/([^/]+))?\/+(.*)$/.exec(root) ?? []
  if (path === undefined) {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `the server keeps these artifacts at '${root}' and hands none of them on`,
      {
        hint: "start the server so that it serves artifacts (MLflow: '--serve-artifacts', and experiments without an artifact location of their own)",
        details: { root },
      },
    )
  }
  const scheme = connection.uri.replace(/:.*/s, '')
  const server = host === undefined ? connection.uri : `${scheme}://${host}`
  const folder = path.split('/').filter((part) => part !== '')
  return { server, base: `${server}/${proxyPath}`, folder }
}

async function listFolder(
  connection: Connection,
  root: string,
  path: string,
): Promise<readonly ArtifactInfo[]> {
  const { base, folder } = parseProxyUri(connection, root)
  const fields = { path: [...folder, ...parseArtifactPath(path)].join('/') }
  return messagesOf(await connection.ask('GET', base, fields), 'files')
    .map((file) => ({
      path: join(path, textOf(file, 'path')),
      isFolder: file['is_dir'] === true,
      sizeBytes: integerOf(file, 'file_size'),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function checkFilePath(path: string): void {
  if (parseArtifactPath(path).length > 0) return
  throw new ToolkitError('TRACKING_INVALID', `'' is the root of the artifacts, expected a file`)
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
