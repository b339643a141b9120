/** A real server that speaks S3, on loopback: moto's, which `make peers` installs. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { findFreePort, isListening } from '../free-port.ts'

/** A running server. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string
  /** Makes an empty bucket of a new name. */
  readonly makeBucket: () => Promise<string>
  /** Replaces the content of an object, as a fault of the storage would. */
  readonly put: (bucket: string, key: string, content: string) => Promise<void>
  readonly remove: (bucket: string, key: string) => Promise<void>
}

/** What everybody signs with; moto lets anyone in. */
export const s3Keys = { accessKeyId: 'key', secretAccessKey: 'secret' }

/** A reason to skip, or `false`. @param python - of the virtual environment */
export function skipWithoutMoto(python: string): string | false {
  return existsSync(programOf(python)) ? false : "skipped: no moto_server; run 'make peers'"
}

function programOf(python: string): string {
  return join(dirname(python), 'moto_server')
}

export async function startMoto(python: string): Promise<S3Server> {
  const port = await findFreePort()
  const child = spawn(programOf(python), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  })
  const endpoint = `http://127.0.0.1:${port}`
  await waitForPort(port)
  const client = new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: s3Keys,
  })
  let count = 0
  return {
    endpoint,
    makeBucket: async () => {
      const bucket = `bucket${++count}`
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return bucket
    },
    put: async (bucket, key, content) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }))
    },
    remove: async (bucket, key) => {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      client.destroy()
      child.kill()
      await ended
    },
  }
}

async function waitForPort(port: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await isListening(port)) return
    await sleep(100)
  }
  throw new Error('moto_server did not start within 30 s')
}
