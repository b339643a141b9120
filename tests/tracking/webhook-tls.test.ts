import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openTemporaryFolder } from './temporary-folder.ts'

const run = promisify(execFile)
const hasOpenssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
)
const skip = !hasOpenssl && 'skipped: no openssl to make a certificate with'

describe('webhooks over https', { skip }, () => {
  test('the certificate is checked against the name, though the connection goes to an address', async () => {
    await using folder = await openTemporaryFolder()
    const certificate = join(folder.path, 'certificate.pem')
    await using server = await openSecureServer(folder.path, 'hook.example')
    const send = async (host: string, trusted: boolean): Promise<Record<string, unknown>> => {
      const script = fileURLToPath(new URL('./send-webhook.ts', import.meta.url))
      const { stdout } = await run(process.execPath, [script, `https://${host}:${server.port}/`], {
        env: { ...process.env, ...(trusted && { NODE_EXTRA_CA_CERTS: certificate }) },
      })
      return JSON.parse(stdout)
    }
    const trusted = await send('hook.example', true)
    assert.deepEqual([trusted['kind'], trusted['status'], trusted['body']], ['answered', 200, 'hi'])
    const other = await send('other.example', true)
    assert.equal(other['kind'], 'unreachable')
    assert.match(String(other['message']), /other\.example/)
    assert.equal((await send('hook.example', false))['kind'], 'unreachable')
    assert.equal(server.requests(), 1)
  })
})

interface SecureServer extends AsyncDisposable {
  readonly port: number
  readonly requests: () => number
}

/** With a certificate for one name, which it signs itself. */
async function openSecureServer(folder: string, name: string): Promise<SecureServer> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  await run('openssl', request.split(' ').concat(names, '-keyout', key, '-out', cert))
  let requests = 0
  const files = { key: await readFile(key), cert: await readFile(cert) }
  const server = createServer(files, (_request, response) => {
    requests++
    response.end('hi')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
