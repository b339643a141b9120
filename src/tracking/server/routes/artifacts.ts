import type { FastifyInstance, FastifyReply } from 'fastify'
import { ToolkitError } from '../../../core/errors.ts'
import { parseArtifactPath } from '../../store/artifact-path.ts'
import type { ArtifactInfo } from '../../store/artifacts-store.ts'
import type { TrackingStore } from '../../store/sqlite-store.ts'
import { readParameters, readRunId } from './parameters.ts'
import type { Route } from './route.ts'

/** Listing the artifacts of one run; paths are relative to the run's artifact root. */
export const artifactRoutes: readonly Route[] = [
  {
    methods: ['GET'],
    path: 'artifacts/list',
    answer: async (parameters, store) => {
      const run = await store.getRun(readRunId(parameters))
      const folder = parseArtifactPath(parameters.text('path') ?? '')
      if (parameters.text('page_token')) {
        throw new ToolkitError('TRACKING_INVALID', 'Invalid page token: lists come in one piece')
      }
      const root = `${run.experimentId}/${run.runId}/artifacts`
      const files = await store.listArtifacts([root, ...folder].join('/'))
      const prefix = folder.map((part) => `${part}/`).join('')
      return { root_uri: run.artifactUri, files: files.map((file) => formatFile(prefix, file)) }
    },
  },
]

/** The proxy behind `mlflow-artifacts:` URIs: lists folders and sends files below the artifact root. */
export function addArtifactProxy(app: FastifyInstance, base: string, store: TrackingStore): void {
  app.get(`${base}/mlflow-artifacts/artifacts`, async ({ query }) => {
    const path = readParameters({ query, body: undefined }).text('path') ?? ''
    const files = await store.listArtifacts(path)
    return { files: files.map((file) => formatFile('', file)) }
  })
  app.get<{ Params: { '*': string } }>(
    `${base}/mlflow-artifacts/artifacts/*`,
    async (request, reply) => sendArtifact(request.params['*'], reply, store),
  )
}

/** Files are data, never pages: saved, not shown, and without rights if a browser shows one anyway. */
async function sendArtifact(
  path: string,
  reply: FastifyReply,
  store: TrackingStore,
): Promise<FastifyReply> {
  const { sizeBytes, content } = await store.openArtifact(path)
  return reply
    .header('content-type', 'application/octet-stream')
    .header('content-length', sizeBytes)
    .header('content-disposition', formatDisposition(path.slice(path.lastIndexOf('/') + 1)))
    .header('content-security-policy', `sandbox; default-src 'none'`)
    .send(content)
}

/** RFC 6266: a plain name for old readers, the real one percent-encoded. */
function formatDisposition(name: string): string {
  const plain = name.replaceAll(/[^\w.\- ]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function formatFile(prefix: string, file: ArtifactInfo): object {
  const path = `${prefix}${file.name}`
  return file.isFolder ? { path, is_dir: true } : { path, is_dir: false, file_size: file.sizeBytes }
}
