/** The proxy behind `mlflow-artifacts:` URIs: files by their paths below the folder of artifacts. */

import { ToolkitError } from '../../../core/errors.ts'
import { parseArtifactPath } from '../../store/artifacts/artifact-path.ts'
import { maxParts, type UploadedPart } from '../../store/artifacts/uploads-store.ts'
import {
  flag,
  integer,
  integerUpTo,
  list,
  object,
  required,
  requiredText,
  text,
} from '../fields.ts'
import { receiveBody } from '../receive-body.ts'
import { type Exchange, type RawRoute, route, type Route } from '../route.ts'
import { sendArtifact } from '../send-artifact.ts'
import { formatFile } from './messages.ts'
import { proxyPath, sizeOf } from './artifacts.ts'
import { listOf } from '../../format-message.ts'

/** An upload of many parts takes its time. */
const partSeconds = 6 * 3600
const downloadSeconds = 3600

const uploadFields = { artifact_path: requiredText, path: requiredText, upload_id: requiredText }

const partCount = integerUpTo(maxParts, { fallback: 1, unit: 'parts' })

/** Below `mlflow-artifacts/`. The path in the address is the folder, that in the message the client's file. */
export const artifactProxyRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'artifacts',
    permission: 'read',
    summary: 'The files directly below a folder, by their names alone',
    fields: { path: text },
    answer: async ({ path = '' }, { store }) => {
      const files = await store.artifacts.list(path)
      return {
        files: listOf(files.map(({ name, ...info }) => formatFile({ path: name, ...info }))),
      }
    },
  }),
  route({
    methods: ['GET'],
    path: 'presigned/*',
    permission: 'read',
    summary: 'An address that one file may be read from without a token, in ranges too',
    fields: { artifact_path: requiredText },
    answer: async ({ artifact_path: path }, { store, signAddress }) => {
      const target = { method: 'GET', path: proxyPath(path), seconds: downloadSeconds }
      const sizeBytes = await sizeOf(store, path)
      return { url: signAddress(target), headers: {}, file_size: sizeBytes }
    },
  }),
  route({
    methods: ['POST'],
    path: 'mpu/create/*',
    permission: 'write',
    summary: 'Begin an upload in parts; says where each part is to be sent',
    fields: {
      artifact_path: requiredText,
      path: requiredText,
      num_parts: partCount,
      take_over: flag,
    },
    answer: async (values, { store, clock, signAddress }) => {
      const target = { path: uploadPath(values), partCount: values.num_parts }
      const { uploadId } = await store.uploads.createUpload(target, clock())
      const credentials = Array.from({ length: values.num_parts }, (_, i) => ({
        url: signAddress({ method: 'PUT', path: partPath(uploadId, i + 1), seconds: partSeconds }),
        part_number: i + 1,
        headers: {},
      }))
      if (!values.take_over) return { upload_id: uploadId, credentials }
      const parts = await store.uploads.takeOverParts(uploadId)
      return { upload_id: uploadId, credentials, parts: parts.map(formatPart) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'mpu/complete/*',
    permission: 'write',
    summary: 'Make the file of the parts that were sent',
    fields: {
      ...uploadFields,
      parts: list(object({ part_number: required(integer), etag: requiredText }), maxParts),
    },
    answer: async ({ upload_id, parts, ...values }, { store, maxArtifactBytes }) => {
      checkPath((await store.uploads.getUpload(upload_id)).path, uploadPath(values))
      return store.uploads.completeUpload(upload_id, parts.map(toPart), maxArtifactBytes)
    },
  }),
  route({
    methods: ['POST'],
    path: 'mpu/abort/*',
    permission: 'write',
    summary: 'Give up an upload in parts',
    fields: uploadFields,
    answer: async ({ upload_id, ...values }, { store }) => {
      const path = uploadPath(values)
      const upload = await store.uploads.findUpload(upload_id)
      if (upload === undefined) return
      checkPath(upload.path, path)
      await store.uploads.abortUpload(upload_id)
    },
  }),
  route({
    methods: ['GET'],
    path: 'mpu/parts/:upload_id',
    permission: 'write',
    summary: 'The parts of an upload that are there, to go on after an interruption',
    fields: { upload_id: requiredText },
    answer: async ({ upload_id }, { store }) => {
      const parts = await store.uploads.listParts(upload_id)
      return { parts: listOf(parts.map(formatPart)) }
    },
  }),
]

/** Files themselves, below `mlflow-artifacts/` under both bases. */
export const rawProxyRoutes: readonly RawRoute[] = [
  {
    methods: ['GET'],
    path: 'mlflow-artifacts/artifacts/*',
    permission: 'read',
    summary: 'A file, or a range of it',
    handle: async (exchange, { store }) =>
      sendArtifact(exchange, store.artifacts, wildcardOf(exchange)),
  },
  {
    methods: ['PUT'],
    path: 'mlflow-artifacts/artifacts/*',
    permission: 'write',
    summary: 'Store a file, whole or not at all',
    handle: async (exchange, { store, maxArtifactBytes }) => {
      const path = wildcardOf(exchange)
      await store.artifacts.write(path, receiveBody(exchange.request, maxArtifactBytes))
      return exchange.reply.send()
    },
  },
  {
    methods: ['DELETE'],
    path: 'mlflow-artifacts/artifacts/*',
    permission: 'write',
    summary: 'Delete a file, or a folder with all that is in it',
    handle: async (exchange, { store }) => {
      await store.artifacts.remove(wildcardOf(exchange))
      return {}
    },
  },
  {
    methods: ['PUT'],
    path: 'mlflow-artifacts/mpu/parts/:upload_id/:part_number',
    permission: 'write',
    summary: 'Store a part of an upload; its ETag is for the end of it',
    handle: async ({ request, reply }, { store, maxArtifactBytes }) => {
      const { upload_id: uploadId = '', part_number: part = '' } = paramsOf(request.params)
      if (!/^[1-9]\d*$/.test(part))
        throw new ToolkitError('TRACKING_INVALID', 'parts are numbered from 1')
      const body = receiveBody(request, maxArtifactBytes)
      const etag = await store.uploads.writePart(uploadId, Number(part), body)
      return reply.header('etag', `"${etag}"`).send()
    },
  },
]

function uploadPath(values: { readonly artifact_path: string; readonly path: string }): string {
  const name = values.path.split(/[/\\]/).at(-1) ?? ''
  return parseArtifactPath(`${values.artifact_path}/${name}`).join('/')
}

function partPath(uploadId: string, part: number): string {
  return `/api/2.0/mlflow-artifacts/mpu/parts/${uploadId}/${part}`
}

function checkPath(expected: string, given: string): void {
  if (expected === given) return
  throw new ToolkitError('TRACKING_INVALID', `the upload is one to '${expected}', not '${given}'`)
}

function formatPart({ number, etag }: UploadedPart): object {
  return { part_number: number, etag }
}

/** Clients hand the header back as it came, with its quotes. */
function toPart(part: { readonly part_number: number; readonly etag: string }): UploadedPart {
  return { number: part.part_number, etag: part.etag.replaceAll(/^(?:W\/)?"|"$/g, '') }
}

/** The path of the address, decoded once. */
function wildcardOf({ request }: Exchange): string {
  return paramsOf(request.params)['*'] ?? ''
}

function paramsOf(params: unknown): Readonly<Record<string, string | undefined>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the router gives texts
  return params as Readonly<Record<string, string | undefined>>
}
