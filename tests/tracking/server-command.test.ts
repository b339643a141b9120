import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openTemporaryFolder } from './temporary-folder.ts'
import { ask, post } from './serve-store.ts'

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`mlpt server prints its address, answers there, and ends well on ${signal}`, async () => {
    await using folder = await openTemporaryFolder()
    const server = startCommand(['server', '--port', '0', '--store', join(folder.path, 'store')])
    const [line] = await once(createInterface({ input: server.stdout! }), 'line')
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0] ?? ''
    // The connection stays open, as a browser's would: it must not hold up the end.
    assert.equal((await ask(address, '/', { headers: { connection: 'keep-alive' } })).status, 200)
    server.kill(signal)
    assert.deepEqual(await once(server, 'exit'), [0, null])
  })
}

test('the folder of the store may come from MLPT_STORE, and dashboard is the same command', async () => {
  await using folder = await openTemporaryFolder()
  const server = startCommand(['dashboard', '--port', '0'], {
    MLPT_STORE: join(folder.path, 'elsewhere'),
  })
  const [line] = await once(createInterface({ input: server.stderr! }), 'line')
  assert.match(String(line), /elsewhere/)
  server.kill('SIGTERM')
  await once(server, 'exit')
})

test('a port in use is said, with the way out', async () => {
  await using folder = await openTemporaryFolder()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, output } = await runCommand([
    'server',
    '--port',
    String(port),
    '--store',
    folder.path,
  ])
  other.close()
  assert.equal(code, 1)
  assert.match(output, /PORT_UNAVAILABLE.*EADDRINUSE[\s\S]*--port/)
})

test('an address that others can reach needs a name that they may use', async () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.1', '127.0.0.1.example.org']) {
    const { code, output } = await runCommand(['server', '--host', host, '--port', '0'])
    assert.equal(code, 2)
    assert.match(output, /CLI_USAGE[\s\S]*--allow-host/)
  }
})

test('an address that others can reach needs a token, or the word that it needs none', async () => {
  await using folder = await openTemporaryFolder()
  const store = ['--store', join(folder.path, 'store')]
  const server = ['server', '--host', '0.0.0.0', '--allow-host', 'ml', '--port', '0', ...store]
  const refused = await runCommand(server)
  assert.equal(refused.code, 2)
  assert.match(
    refused.output,
    /CLI_USAGE.*no token[\s\S]*mlpt token create[\s\S]*--allow-anonymous/,
  )
  assert.equal(await statusOf([...server, '--allow-anonymous']), 200)
  assert.equal(await statusOf([...server, '--require-token']), 401)
  const secret = (await runCommand(['token', 'create', 'ada', ...store])).output.split('\n')[0]!
  assert.equal(await statusOf(server), 401)
  assert.equal(await statusOf(server, secret), 200)
})

test('tokens are made, listed without their secrets, and revoked', async () => {
  await using folder = await openTemporaryFolder()
  const run = (...words: string[]): Promise<{ code: number; output: string }> =>
    runCommand(['token', ...words, '--store', folder.path])
  const made = await run('create', 'ada', '--role', 'read')
  assert.equal(made.code, 0)
  const secret = made.output.split('\n')[0]!
  assert.match(secret, /^[\w-]{43}$/)
  const { output } = await run('list', '--json')
  assert.ok(!output.includes(secret))
  const [{ created, ...token }] = JSON.parse(output).tokens
  assert.deepEqual(token, { name: 'ada', role: 'read' })
  assert.ok(!Number.isNaN(Date.parse(created)))
  assert.match((await run('list')).output, /name +role +created\nada +read +\d{4}-/)
  assert.match((await run('create', 'ada')).output, /TRACKING_EXISTS.*'ada'/)
  assert.match((await run('create', 'a b')).output, /TRACKING_INVALID.*'a b'/)
  assert.notEqual((await run('create', 'b', '--role', 'owner')).code, 0)
  assert.match((await run('revoke', 'bob')).output, /TRACKING_NOT_FOUND.*'bob'/)
  assert.match((await run('revoke', 'ada')).output, /'ada' is revoked[\s\S]*it was the last/)
  assert.match((await run('list')).output, /no tokens/)
})

for (const [flag, value, message] of [
  ['--max-artifact-bytes', '0', /whole number of bytes/],
  ['--max-artifact-bytes', '1GB', /whole number of bytes/],
  ['--static-prefix', 'mlflow', /CLI_USAGE.*mlflow/],
  ['--static-prefix', '/mlflow/', /CLI_USAGE.*mlflow/],
] as const) {
  test(`${flag} ${value} is refused`, async () => {
    const { code, output } = await runCommand(['server', flag, value])
    assert.notEqual(code, 0)
    assert.match(output, message)
  })
}

for (const port of ['-1', 'x', '65536', '1.5', '']) {
  test(`the port '${port}' is refused`, async () => {
    const { code, output } = await runCommand(['server', `--port=${port}`])
    assert.notEqual(code, 0)
    assert.match(output, /from 0 to 65535/)
  })
}

test("the key of webhooks' secrets comes from MLflow's variable; a bad one is refused and not told", async () => {
  await using folder = await openTemporaryFolder()
  const words = ['server', '--port', '0', '--store', folder.path]
  const { code, output } = await runCommand(words, {
    MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: 'my-own-key',
  })
  assert.equal(code, 1)
  assert.match(output, /the key for the secrets of webhooks is no base64 of 32 bytes/)
  assert.ok(!output.includes('my-own-key'))
  const server = startCommand([...words, '--allow-private-webhooks'], {
    MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=',
  })
  const [line] = await once(createInterface({ input: server.stdout! }), 'line')
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0] ?? ''
  const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }]
  const hook = { name: 'h', url: 'http://127.0.0.1:9/', events, secret: 'x' }
  assert.equal((await post(address, '/api/2.0/mlflow/webhooks', hook)).status, 200)
  server.kill('SIGTERM')
  await once(server, 'exit')
  assert.equal(existsSync(join(folder.path, 'webhook-key')), false)
})

const program = `
  import { Command } from 'commander'
  import { addServerCommand } from ${JSON.stringify(import.meta.resolve('../../src/cli/commands/server.ts'))}
  import { addTokenCommand } from ${JSON.stringify(import.meta.resolve('../../src/cli/commands/token.ts'))}
  import { formatError } from ${JSON.stringify(import.meta.resolve('../../src/core/errors.ts'))}
  const program = new Command()
  addServerCommand(program)
  addTokenCommand(program)
  try {
    await program.parseAsync(process.argv.slice(1), { from: 'user' })
  } catch (error) {
    process.stderr.write(formatError(error))
    process.exitCode = error.exitCode
  }
`

function startCommand(
  words: readonly string[],
  environment: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
}

async function runCommand(
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const command = startCommand(words, environment)
  const chunks: string[] = []
  for (const stream of [command.stdout!, command.stderr!]) {
    stream.on('data', (chunk: Buffer) => chunks.push(String(chunk)))
  }
  const [code] = await once(command, 'close')
  return { code: Number(code), output: chunks.join('') }
}

/** Starts a server and asks it for the description of its API. */
async function statusOf(words: readonly string[], secret?: string): Promise<number> {
  const server = startCommand(words)
  const [line] = await once(createInterface({ input: server.stdout! }), 'line')
  const { port } = new URL(/http:\S+/.exec(String(line))?.[0] ?? '')
  const headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` }
  const { status } = await ask(`http://127.0.0.1:${port}`, '/openapi.json', { headers })
  server.kill('SIGTERM')
  await once(server, 'exit')
  return status
}
