/**
 * Uploads of large artifacts in parts: `uploads/<id>/upload.json`, and one file per part.
 * What was acknowledged survives a kill; nothing is at the artifact's path before all parts are.
 */

import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { makeFolder, systemCode, writeFileAtomically } from '../../../core/atomic-file.ts'
import { ToolkitError } from '../../../core/errors.ts'
import { isObject, parseJsonText } from '../../../core/json.ts'
import { hashedInto } from '../../hashed-bytes.ts'
import { readIfThere } from '../../read-if-there-file.ts'
import type { ArtifactsStore } from './artifacts-store.ts'
import { createFileReceiver, syncFolder, type ReceiveFile } from './replace-artifact-file.ts'

export interface Upload {
  readonly uploadId: string
  /** Of the artifact, below the folder of artifacts. */
  readonly path: string
  readonly partCount: number
}

export interface UploadedPart {
  /** From 1. */
  readonly number: number
  /** SHA-256 of the content. */
  readonly etag: string
}

/** Parts that the S3 protocol, which clients know, allows. */
export const maxParts = 10_000

export interface UploadsStore {
  /** Removes uploads that were left a week ago or earlier, too. */
  createUpload(upload: Omit<Upload, 'uploadId'>, now: number): Promise<Upload>
  /**
   * Gives an upload the parts that earlier ones to the same path, in as many parts, left: they
   * stay theirs too, so that nobody writes into another one's upload.
   */
  takeOverParts(uploadId: string): Promise<readonly UploadedPart[]>
  findUpload(uploadId: string): Promise<Upload | undefined>
  /** @throws `TRACKING_NOT_FOUND` */
  getUpload(uploadId: string): Promise<Upload>
  /** Those that are there whole. */
  listParts(uploadId: string): Promise<readonly UploadedPart[]>
  /** Replaces the part. @returns its etag. @throws `TRACKING_NOT_FOUND`, `TRACKING_INVALID` */
  writePart(uploadId: string, part: number, content: AsyncIterable<Uint8Array>): Promise<string>
  /**
   * Makes the artifact of exactly these parts. Once more is fine.
   *
   * @throws `TRACKING_NOT_FOUND`, `TRACKING_INVALID`, `TRACKING_TOO_LARGE`
   */
  completeUpload(uploadId: string, parts: readonly UploadedPart[], maxBytes: number): Promise<void>
  /** What is not there is gone already. */
  abortUpload(uploadId: string): Promise<void>
}

const dayMs = 24 * 3600 * 1000
const abandonedAfterMs = 7 * dayMs

/** @param directory - for what is on its way; on the same disk as the artifacts or not */
export function createUploadsStore(directory: string, artifacts: ArtifactsStore): UploadsStore {
  const receive = createFileReceiver(directory)
  const folderOf = (uploadId: string): string => {
    if (isUploadId(uploadId)) return join(directory, uploadId)
    throw unknownUpload(uploadId)
  }
  const findUpload = async (uploadId: string): Promise<Upload | undefined> =>
    isUploadId(uploadId) ? readUpload(join(directory, uploadId), uploadId) : undefined
  const getUpload = async (uploadId: string): Promise<Upload> => {
    const upload = await findUpload(uploadId)
    if (upload !== undefined) return upload
    throw unknownUpload(uploadId)
  }
  const inTurn = createTurns()
  const complete: UploadsStore['completeUpload'] = async (uploadId, parts, maxBytes) => {
    const upload = await getUpload(uploadId)
    const folder = folderOf(uploadId)
    if (await isCompleted(folder)) return
    checkParts(upload, parts, await readParts(folder))
    const files = parts.toSorted((a, b) => a.number - b.number).map(nameOf)
    await checkSize(folder, files, maxBytes)
    await artifacts.write(upload.path, concatenate(folder, files))
    // Kept for clients that did not hear of it and ask again.
    await writeFileAtomically(join(folder, 'completed'), '')
    // Those too that were sent or taken over and are not in the file.
    for (const part of await readParts(folder))
      await rm(join(folder, nameOf(part)), { force: true })
  }
  return {
    findUpload,
    getUpload,
    createUpload: async (content, now) => {
      await removeAbandoned(directory, now)
      const upload = { uploadId: randomBytes(16).toString('hex'), ...content }
      const description = JSON.stringify(upload)
      await writeFileAtomically(join(directory, upload.uploadId, 'upload.json'), description)
      return upload
    },
    takeOverParts: async (uploadId) => {
      const upload = await getUpload(uploadId)
      await linkPartsOfOthers(directory, upload)
      return readParts(folderOf(uploadId))
    },
    listParts: async (uploadId) => {
      await getUpload(uploadId)
      return readParts(folderOf(uploadId))
    },
    writePart: async (uploadId, number, content) => {
      const { partCount } = await getUpload(uploadId)
      if (!Number.isInteger(number) || number < 1 || number > partCount) {
        throw new ToolkitError('TRACKING_INVALID', `there is no part ${number} of ${partCount}`)
      }
      return writePart(folderOf(uploadId), number, { content, receive })
    },
    completeUpload: (uploadId, parts, maxBytes) =>
      inTurn(uploadId, () => complete(uploadId, parts, maxBytes)),
    abortUpload: async (uploadId) => {
      await rm(folderOf(uploadId), { recursive: true, force: true })
    },
  }
}

/** One at a time per name: who asks for the same again meanwhile finds it done. */
function createTurns(): (name: string, act: () => Promise<void>) => Promise<void> {
  const underWay = new Map<string, Promise<void>>()
  return async (name, act) => {
    const work = Promise.allSettled([underWay.get(name)]).then(act)
    underWay.set(name, work)
    try {
      await work
    } finally {
      if (underWay.get(name) === work) underWay.delete(name)
    }
  }
}

function unknownUpload(uploadId: string): ToolkitError {
  return new ToolkitError('TRACKING_NOT_FOUND', `there is no upload '${uploadId.slice(0, 100)}'`, {
    hint: 'it was aborted, or left for too long: create it again',
  })
}

function isUploadId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

async function readUpload(folder: string, uploadId: string): Promise<Upload | undefined> {
  const text = await readIfThere(join(folder, 'upload.json'))
  if (text === undefined) return undefined
  const content = parseJsonText(text.toString('utf8'))
  if (isObject(content)) {
    const { path, partCount } = content
    if (typeof path === 'string' && typeof partCount === 'number') {
      return { uploadId, path, partCount }
    }
  }
  throw new ToolkitError('TRACKING_STORE_INVALID', `upload ${uploadId} is damaged`)
}

async function isCompleted(folder: string): Promise<boolean> {
  return (await readIfThere(join(folder, 'completed'))) !== undefined
}

/** The name tells the content, so that a part that is sent twice at once is one or the other. */
function nameOf({ number, etag }: UploadedPart): string {
  return `part-${number}-${etag}`
}

async function readParts(folder: string): Promise<readonly UploadedPart[]> {
  return (await readdir(folder)).flatMap((name) => {
    const [, number, etag] = /^part-(\d+)-([0-9a-f]{64})$/.exec(name) ?? []
    return number === undefined || etag === undefined ? [] : [{ number: Number(number), etag }]
  })
}

async function writePart(
  folder: string,
  number: number,
  { content, receive }: { content: AsyncIterable<Uint8Array>; receive: ReceiveFile },
): Promise<string> {
  const hash = createHash('sha256')
  let etag = ''
  await receive(hashedInto(hash, content), async (temporaryPath) => {
    etag = hash.digest('hex')
    await moveInto(folder, { temporaryPath, name: nameOf({ number, etag }) })
  })
  return etag
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` when the upload was aborted meanwhile */
async function moveInto(
  folder: string,
  { temporaryPath, name }: { readonly temporaryPath: string; readonly name: string },
): Promise<void> {
  try {
    await rename(temporaryPath, join(folder, name))
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? unknownUpload(basename(folder)) : error
  }
  await syncFolder(folder)
}

/** @throws {ToolkitError} `TRACKING_INVALID` unless the parts are all of the upload, as they were received. */
function checkParts(
  { partCount }: Upload,
  parts: readonly UploadedPart[],
  received: readonly UploadedPart[],
): void {
  const names = new Set(received.map(nameOf))
  const numbers = new Set(parts.map(({ number }) => number))
  if (parts.length !== partCount || numbers.size !== partCount) {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `the upload has ${partCount} parts, each to be named once; ${parts.length} were named`,
    )
  }
  const missing = parts.find((part) => !names.has(nameOf(part)))
  if (missing === undefined) return
  throw new ToolkitError(
    'TRACKING_INVALID',
    `part ${missing.number} with the etag '${missing.etag.slice(0, 100)}' was not received`,
    { hint: 'send it again' },
  )
}

async function checkSize(folder: string, names: readonly string[], most: number): Promise<void> {
  let size = 0
  for (const name of names) size += (await stat(join(folder, name))).size
  if (size > most) throw artifactTooLarge(most)
}

/** Told to whoever sends more than the server takes. */
export function artifactTooLarge(maxBytes: number): ToolkitError {
  return new ToolkitError('TRACKING_TOO_LARGE', `a file may have ${maxBytes} bytes at most`, {
    hint: 'start the server with a larger --max-artifact-bytes',
  })
}

async function* concatenate(folder: string, names: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const name of names) yield* createReadStream(join(folder, name))
}

/** A part that cannot be linked, because its upload ended meanwhile, is sent again. */
async function linkPartsOfOthers(directory: string, upload: Upload): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!isUploadId(name) || name === upload.uploadId) continue
    const folder = join(directory, name)
    const other = await readUpload(folder, name)
    if (other?.path !== upload.path || other.partCount !== upload.partCount) continue
    for (const part of (await readParts(folder)).map(nameOf)) {
      await linkIfThere(join(folder, part), join(directory, upload.uploadId, part))
    }
  }
  await syncFolder(join(directory, upload.uploadId))
}

async function linkIfThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  }
}

async function removeAbandoned(directory: string, now: number): Promise<void> {
  makeFolder(directory)
  for (const name of await readdir(directory)) {
    const folder = join(directory, name)
    const changed = await changedTime(folder)
    if (changed !== undefined && changed < now - abandonedAfterMs) {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function changedTime(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
