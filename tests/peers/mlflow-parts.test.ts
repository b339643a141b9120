/** Our client sends large files in parts to a real `mlflow server` that keeps them in S3. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { createArtifactClient } from '../../src/tracking/client/artifacts-client.ts'
import { openConnection } from '../../src/tracking/client/connection-client.ts'
import { openTrackingClient } from '../../src/tracking/client/rest-client.ts'
import { startMlflowServer, type MlflowServer } from './mlflow-server.ts'
import { s3Keys, skipWithoutMoto, startMoto, type S3Server } from './moto.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'mlflow')
const mebibyte = 1024 * 1024
const partSizes = { fromBytes: 6 * mebibyte, partBytes: 5 * mebibyte }

describe('parts to a real server', { skip: peer.skip || skipWithoutMoto(peer.python) }, () => {
  const resources = new AsyncDisposableStack()
  let storage: S3Server
  let bucket: string
  let server: MlflowServer

  before(async () => {
    storage = resources.use(await startMoto(peer.python))
    bucket = await storage.makeBucket()
    const environment = {
      MLFLOW_S3_ENDPOINT_URL: storage.endpoint,
      AWS_ACCESS_KEY_ID: s3Keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3Keys.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
    }
    const artifacts = `s3://${bucket}/files`
    server = resources.use(await startMlflowServer(peer, { artifacts, environment }))
  })
  after(() => resources.disposeAsync())

  test('a large file is one object of three parts, a small one of none', async () => {
    await using client = openTrackingClient({ uri: server.uri })
    using connection = openConnection({ uri: server.uri })
    const artifacts = createArtifactClient(connection, partSizes)
    const { runId } = await client.createRun({ experimentId: '0', startTime: 1 })
    const large = Buffer.alloc(11 * mebibyte, 'large ')
    await artifacts.writeArtifact({ runId }, 'deep/large file.bin', large)
    await artifacts.writeArtifact({ runId }, 'small', Buffer.from('small'))
    const { content } = await client.openArtifact({ runId }, 'deep/large file.bin')
    assert.ok(large.equals(await buffer(content as AsyncIterable<Buffer>)))
    assert.deepEqual(await partsOfObjects(), [
      ['large file.bin', 3],
      ['small', 0],
    ])
  })

  /** S3 says in the ETag of how many parts an object was made. */
  async function partsOfObjects(): Promise<unknown> {
    const s3 = new S3Client({
      endpoint: storage.endpoint,
      forcePathStyle: true,
      region: 'us-east-1',
      credentials: s3Keys,
    })
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    const found = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { ETag = '' } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))
        return [Key?.split('/').at(-1), Number(/-(\d+)"$/.exec(ETag)?.[1] ?? 0)]
      }),
    )
    s3.destroy()
    return found.toSorted()
  }
})
