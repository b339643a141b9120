/**
 * Large files in parts, by the multipart protocol of MLflow's server: each part is sent again by
 * itself when it fails. Our server also says which parts an earlier upload left; these are not sent.
 */

import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { ToolkitError } from '../../core/errors.ts'
import type { Connection, Message } from './connection-client.ts'
import { integerOf, messageOf, messagesOf, textOf } from './message-values.ts'

/** A file, and where it goes. */
export interface LargeFile {
  /** Of the server that takes it. */
  readonly serverUri: string
  /** Below the folder of artifacts, each part of the path quoted. */
  readonly folder: readonly string[]
  readonly name: string
  readonly sizeBytes: number
  readonly content: AsyncIterable<Uint8Array>
}

/** Which files go in parts, and how large these are. */
export interface PartSizes {
  /** Smaller files go in one piece. */
  readonly fromBytes: number
  /** At least; S3 takes none below 5 MiB. */
  readonly partBytes: number
}

const mebibyte = 1024 * 1024

export const defaultPartSizes: PartSizes = { fromBytes: 64 * mebibyte, partBytes: 16 * mebibyte }

/** The S3 protocol allows no more. */
const maxParts = 10_000
/** Parts of one file under way at once, all of them in memory. */
const parallelParts = 3

/** Whether a server takes files in parts; asked once for each. */
export type PartsProbe = (serverUri: string) => Promise<boolean>

export function createPartsProbe(connection: Connection): PartsProbe {
  const known = new Map<string, Promise<boolean>>()
  return async (serverUri) => {
    const answer = known.get(serverUri) ?? takesParts(connection, serverUri)
    known.set(serverUri, answer)
    try {
      return await answer
    } catch (error) {
      known.delete(serverUri)
      throw error
    }
  }
}

async function takesParts(connection: Connection, serverUri: string): Promise<boolean> {
  const address = `${serverUri}/api/3.0/mlflow/server-info`
  try {
    const info = await connection.ask('GET', address)
    return info['multipart_uploads_enabled'] === true
  } catch (error) {
    if (isUnsupported(error)) return false // a server before MLflow 3.5
    throw error
  }
}

/**
 * Sends a file in parts; it is there whole or not at all.
 *
 * @returns `false`, and nothing of the content is read, when the server's storage takes no parts
 * @throws {ToolkitError} `TRACKING_INVALID` when the content is not as long as was said;
 *   `TRACKING_SERVER_FAILED`, also when a part arrived as something else.
 */
export async function uploadInParts(
  connection: Connection,
  file: LargeFile,
  { partBytes }: PartSizes,
): Promise<boolean> {
  const size = Math.max(partBytes, Math.ceil(file.sizeBytes / maxParts))
  const upload = await createUpload(connection, file, Math.ceil(file.sizeBytes / size))
  if (upload === undefined) return false
  try {
    const parts = await sendParts(connection, upload, cutIntoParts(file, size))
    await tell(connection, file, 'complete', { upload_id: upload.uploadId, parts })
    return true
  } catch (error) {
    // What is left on our server is where the next try goes on; it goes away by itself after a week.
    const goesOn = upload.there !== undefined && isOfConnection(error)
    if (!goesOn) await abortUpload(connection, file, upload.uploadId)
    throw error
  }
}

function isOfConnection(error: unknown): boolean {
  const codes: ReadonlySet<string> = new Set(['TRACKING_SERVER_FAILED', 'INTERRUPTED'])
  return error instanceof ToolkitError && codes.has(error.code)
}

interface PartsUpload {
  readonly uploadId: string
  /** By the number of the part. */
  readonly credentials: ReadonlyMap<number, Message>
  /** SHA-256 of the parts that an earlier upload left, by their numbers; `undefined` from a server that knows no such thing. */
  readonly there: ReadonlyMap<number, string> | undefined
}

async function createUpload(
  connection: Connection,
  file: LargeFile,
  partCount: number,
): Promise<PartsUpload | undefined> {
  let answer: Message
  try {
    answer = await tell(connection, file, 'create', { num_parts: partCount, take_over: true })
  } catch (error) {
    if (isUnsupported(error)) return undefined
    throw error
  }
  const credentials = messagesOf(answer, 'credentials')
  return {
    uploadId: textOf(answer, 'upload_id'),
    credentials: new Map(credentials.map((one) => [integerOf(one, 'part_number'), one])),
    there:
      answer['parts'] === undefined
        ? undefined
        : new Map(
            messagesOf(answer, 'parts').map((part) => [
              integerOf(part, 'part_number'),
              textOf(part, 'etag'),
            ]),
          ),
  }
}

/** A storage that takes no parts: 501; a server that knows no such thing: 404. */
function isUnsupported(error: unknown): boolean {
  if (!(error instanceof ToolkitError)) return false
  return error.details['status'] === 501 || error.details['status'] === 404
}

async function abortUpload(
  connection: Connection,
  file: LargeFile,
  uploadId: string,
): Promise<void> {
  try {
    await tell(connection, file, 'abort', { upload_id: uploadId })
  } catch (error) {
    // What made the upload fail is told, not that its end failed too.
    if (!(error instanceof ToolkitError)) throw error
  }
}

async function tell(
  connection: Connection,
  { serverUri, folder, name }: LargeFile,
  action: 'create' | 'complete' | 'abort',
  fields: Message,
): Promise<Message> {
  const root = `${serverUri}/api/2.0/mlflow-artifacts/mpu/${action}`
  return connection.ask('POST', [root, ...folder].join('/'), { path: name, ...fields })
}

interface Part {
  /** From 1. */
  readonly number: number
  readonly content: Uint8Array
}

// Throws TRACKING_INVALID when it is longer or shorter than was said.
async function* cutIntoParts(file: LargeFile, size: number): AsyncGenerator<Part, void> {
  let waiting: Uint8Array[] = []
  let length = 0
  let number = 0
  let sent = 0
  for await (const chunk of file.content) {
    let rest = chunk
    sent += chunk.length
    checkLength(file, sent, false)
    while (length + rest.length >= size) {
      yield {
        number: ++number,
        content: Buffer.concat([...waiting, rest.subarray(0, size - length)]),
      }
      rest = rest.subarray(size - length)
      waiting = []
      length = 0
    }
    waiting.push(rest)
    length += rest.length
  }
  checkLength(file, sent, true)
  if (length > 0) yield { number: ++number, content: Buffer.concat(waiting) }
}

function checkLength({ name, sizeBytes }: LargeFile, sent: number, isEnd: boolean): void {
  if (isEnd ? sent === sizeBytes : sent <= sizeBytes) return
  throw new ToolkitError(
    'TRACKING_INVALID',
    `'${name}' has ${isEnd ? sent : `${sent} or more`} bytes, not ${sizeBytes} as when it was looked at`,
    { hint: 'store it again when nobody writes to it any more' },
  )
}

async function sendParts(
  connection: Connection,
  upload: PartsUpload,
  parts: AsyncGenerator<Part, void>,
): Promise<readonly Message[]> {
  const sent: Message[] = []
  // Workers share one iterator: after an error of one, it ends for all.
  const work = async (): Promise<void> => {
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
      sent.push(await sendPart(connection, upload, next.value))
    }
  }
  const outcomes = await Promise.allSettled(
    Array.from({ length: parallelParts }, async () => {
      try {
        await work()
      } finally {
        await parts.return()
      }
    }),
  )
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return sent.toSorted((a, b) => integerOf(a, 'part_number') - integerOf(b, 'part_number'))
}

async function sendPart(
  connection: Connection,
  { credentials, there }: PartsUpload,
  { number, content }: Part,
): Promise<Message> {
  const hash = createHash('sha256').update(content).digest('hex')
  if (there?.get(number) === hash) return { part_number: number, etag: hash }
  const credential = credentials.get(number)
  if (credential === undefined) {
    throw new ToolkitError(
      'TRACKING_SERVER_FAILED',
      `the server gave no address for part ${number}`,
    )
  }
  const address = textOf(credential, 'url')
  const answer = await connection.transfer({
    method: 'PUT',
    address,
    content,
    headers: headersOf(credential),
  })
  await buffer(answer.content)
  const { etag = '' } = answer
  checkHash(number, hash, etag)
  return { part_number: number, etag, url: address }
}

/** Our server's ETags are hashes; those of others are taken as they are. */
function checkHash(number: number, hash: string, etag: string): void {
  const told = /^"?([0-9a-f]{64})"?$/.exec(etag)?.[1]
  if (told === undefined || told === hash) return
  throw new ToolkitError(
    'TRACKING_SERVER_FAILED',
    `part ${number} arrived as something else: its SHA-256 is ${told} there, and ${hash} here`,
    { hint: 'send it again; when it happens again, something between alters what is sent' },
  )
}

function headersOf(credential: Message): Record<string, string> {
  const headers = Object.entries(messageOf(credential, 'headers'))
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value)]))
}
