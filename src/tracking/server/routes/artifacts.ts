/** Artifacts by the run, logged model or version they belong to. */

import type { FastifyRequest } from 'fastify'
import { ToolkitError } from '../../../core/errors.ts'
import { parseArtifactPath, parseArtifactUri } from '../../store/artifacts/artifact-path.ts'
import type { TrackingStore } from '../../store/sqlite-store.ts'
import { integerUpTo, readFields, requiredText, text } from '../fields.ts'
import { receiveBody } from '../receive-body.ts'
import { type RawRoute, route, type Route } from '../route.ts'
import { sendArtifact } from '../send-artifact.ts'
import { formatFile } from './messages.ts'
import { runIdFields, toRunId } from './run-fields.ts'
import { listOf } from '../../format-message.ts'

const defaultExpirationSeconds = 900
const longestExpirationSeconds = 3600

/** Seconds that an address is good for. */
const expiration = integerUpTo(longestExpirationSeconds, {
  fallback: defaultExpirationSeconds,
  unit: 'seconds',
})

/** Below `mlflow/`; paths are relative to the root of the run or model. */
export const artifactRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'artifacts/list',
    permission: 'read',
    summary: 'The files of a run directly below a folder',
    fields: { ...runIdFields, path: text, page_token: text },
    answer: async ({ path = '', page_token, ...ids }, { store }) => {
      if (page_token) {
        throw new ToolkitError('TRACKING_INVALID', 'Invalid page token: lists come in one piece')
      }
      const runId = toRunId(ids)
      const { artifactUri } = await store.getRun(runId)
      const files = await store.listArtifacts({ runId }, path)
      return { root_uri: artifactUri, files: listOf(files.map(formatFile)) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'artifacts/presigned-upload-url',
    permission: 'write',
    summary: 'An address that one file may be sent to without a token, for a while',
    fields: { run_id: text, model_id: text, path: requiredText, expiration },
    answer: async ({ run_id, model_id, path, expiration: seconds }, { store, signAddress }) => {
      if (Boolean(run_id) === Boolean(model_id)) {
        const message = 'Exactly one of run_id and model_id must be provided.'
        throw new ToolkitError('TRACKING_INVALID', message)
      }
      const root = run_id ? await rootOfRun(store, run_id) : await rootOfModel(store, model_id!)
      const target = { method: 'PUT', path: proxyPath(`${root}/${filePath(path)}`), seconds }
      return { presigned_url: signAddress(target), headers: {} }
    },
  }),
  route({
    methods: ['POST'],
    path: 'artifacts/presigned-download-url',
    permission: 'read',
    summary: 'An address that one file may be read from without a token, for a while',
    fields: { run_id: requiredText, path: requiredText, expiration },
    answer: async ({ run_id, path, expiration: seconds }, { store, signAddress }) => {
      const place = `${await rootOfRun(store, run_id)}/${filePath(path)}`
      const target = { method: 'GET', path: proxyPath(place), seconds }
      const sizeBytes = await sizeOf(store, place)
      return { presigned_url: signAddress(target), headers: {}, file_size: sizeBytes }
    },
  }),
]

const runFileFields = { ...runIdFields, path: requiredText }
const versionFileFields = { name: requiredText, version: requiredText, path: requiredText }
const modelFileFields = { model_id: requiredText, artifact_file_path: requiredText }

/** MLflow's limit for what its page sends. */
const maxPageUploadBytes = 10 * 1024 * 1024

/** What MLflow's own page reads and writes by. */
export const rawArtifactRoutes: readonly RawRoute[] = [
  {
    methods: ['GET'],
    path: '/get-artifact',
    permission: 'read',
    summary: 'A file of a run',
    fields: runFileFields,
    handle: async (exchange, { store }) => {
      const { path, ...ids } = readFields(runFileFields, queryOf(exchange.request.query))
      const place = `${await rootOfRun(store, toRunId(ids))}/${filePath(path)}`
      return sendArtifact(exchange, store.artifacts, place)
    },
  },
  {
    methods: ['GET'],
    path: '/model-versions/get-artifact',
    permission: 'read',
    summary: 'A file of a version of a registered model',
    fields: versionFileFields,
    handle: async (exchange, { store }) => {
      const query = queryOf(exchange.request.query)
      const { name, version, path } = readFields(versionFileFields, query)
      const file = filePath(path)
      const root = parseArtifactUri(await store.getDownloadUri(name, version))
      const place = `${root}/${file}`
      return sendArtifact(exchange, store.artifacts, place)
    },
  },
  {
    methods: ['GET'],
    path: '/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files',
    permission: 'read',
    summary: 'A file of a logged model',
    fields: modelFileFields,
    handle: async (exchange, { store }) => {
      const { query, params } = exchange.request
      const message = { ...queryOf(query), ...queryOf(params) }
      const { model_id, artifact_file_path: path } = readFields(modelFileFields, message)
      const place = `${await rootOfModel(store, model_id)}/${filePath(path)}`
      return sendArtifact(exchange, store.artifacts, place)
    },
  },
  {
    methods: ['POST'],
    path: '/ajax-api/2.0/mlflow/upload-artifact',
    permission: 'write',
    summary: 'Store a small file of a run',
    fields: runFileFields,
    handle: async ({ request }, { store }) => {
      const { runId, path } = readUpload(request)
      await store.getRun(runId)
      await store.writeArtifact({ runId }, path, receiveBody(request, maxPageUploadBytes))
      return {}
    },
  },
]

/** In MLflow's words. @throws {ToolkitError} `TRACKING_INVALID` */
function readUpload(request: FastifyRequest): { readonly runId: string; readonly path: string } {
  const { run_id, run_uuid, path } = readFields(
    { ...runIdFields, path: text },
    queryOf(request.query),
  )
  const runId = run_uuid || run_id
  if (!runId) throw new ToolkitError('TRACKING_INVALID', 'Request must specify run_uuid.')
  if (!path) throw new ToolkitError('TRACKING_INVALID', 'Request must specify path.')
  parseArtifactPath(path)
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  if (Number(length) > 0 || coding !== undefined) return { runId, path }
  throw new ToolkitError('TRACKING_INVALID', 'Request must specify data.')
}

async function rootOfRun(store: TrackingStore, runId: string): Promise<string> {
  return parseArtifactUri((await store.getRun(runId)).artifactUri)
}

async function rootOfModel(store: TrackingStore, modelId: string): Promise<string> {
  return parseArtifactUri((await store.getLoggedModel(modelId)).artifactUri)
}

/** Checked before it is joined: a path must not lead out of its own root either. */
function filePath(path: string): string {
  return parseArtifactPath(path).join('/')
}

/** Of a file that is there. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export async function sizeOf({ artifacts }: TrackingStore, path: string): Promise<number> {
  const found = await artifacts.find(path)
  await found.close()
  return found.sizeBytes
}

/** The address of a file below the folder of artifacts, as a path. */
export function proxyPath(place: string): string {
  const encoded = parseArtifactPath(place).map(encodeURIComponent)
  return `/api/2.0/mlflow-artifacts/artifacts/${encoded.join('/')}`
}

function queryOf(query: unknown): Readonly<Record<string, unknown>> {
  return typeof query === 'object' && query !== null ? { ...query } : {}
}
