import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readS3Options } from '../../src/pipeline/remote/s3-options.ts'

describe('settings', () => {
  test('the URL has bucket and path', () => {
    const { bucket, prefix } = readS3Options('r', new Map([['url', 's3://user:hunter2@b/x/y/']]), 4)
    assert.deepEqual({ bucket, prefix }, { bucket: 'b', prefix: 'x/y/' })
    assert.equal(readS3Options('r', new Map([['url', 's3://b']]), 4).prefix, '')
  })

  test('encryption and access go with every upload, the customer’s key with every read', () => {
    const { uploadFields, readFields } = readS3Options(
      'r',
      new Map([
        ['url', 's3://b'],
        ['sse', 'aws:kms'],
        ['acl', 'private'],
        ['sse_customer_key', 'a2V5'],
      ]),
      4,
    )
    assert.deepEqual(uploadFields, {
      ServerSideEncryption: 'aws:kms',
      ACL: 'private',
      SSECustomerAlgorithm: 'AES256',
      SSECustomerKey: 'a2V5',
    })
    assert.deepEqual(readFields, { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'a2V5' })
  })

  test('time-outs are seconds, and certificates are checked unless it is said', () => {
    const read = (options: Record<string, string>): ReturnType<typeof readS3Options> =>
      readS3Options('r', new Map([['url', 's3://b'], ...Object.entries(options)]), 4)
    assert.equal(read({ read_timeout: '5' }).readTimeoutMs, 5000)
    assert.deepEqual(
      [read({}), read({ ssl_verify: 'FALSE' }), read({ ssl_verify: '/ca.pem' })].map(
        ({ verifies }) => verifies,
      ),
      [true, false, '/ca.pem'],
    )
    assert.equal(read({ use_ssl: 'false' }).usesTls, false)
  })

  for (const [what, options, message] of [
    [
      'one key without the other',
      { access_key_id: 'a' },
      /one of 'access_key_id' and 'secret_access_key'/,
    ],
    [
      'an endpoint without its protocol',
      { endpointurl: 'localhost:9000' },
      /endpointurl 'localhost:9000' does not begin with http/,
    ],
    [
      'two kinds of encryption',
      { sse_customer_key: 'a', sse_kms_key_id: 'b' },
      /exclude each other/,
    ],
    ['an ACL and grants', { acl: 'private', grant_read: 'id=x' }, /'acl' and 'grant_read' exclude/],
  ] as const) {
    test(`${what} is refused`, () => {
      const all = new Map([['url', 's3://b'], ...Object.entries(options)])
      assert.throws(() => readS3Options('r', all, 4), { code: 'CONFIG_INVALID', message })
    })
  }
})
