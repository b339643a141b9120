import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Predictor } from '../../src/core/predictor.ts'
import { openPredictor } from '../../src/model/index.ts'
import { createClientSource } from '../../src/serving/client-source.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { predictor, row, rowProbability, serveModel } from './serve-model.ts'
import { drawRows, trainSmallModel } from './trained-model.ts'

const run = promisify(execFile)

/** What of a generated client the tests call. */
interface Client {
  predict(row: object, call?: object): Promise<{ probability: number; model: object }>
  predictMany(
    rows: readonly object[],
  ): Promise<readonly { probability: number; warnings?: readonly object[] }[]>
  explain?(row: object): Promise<{ explanation: { base: number; contributions: object } }>
}
interface ClientModule {
  readonly generatedFor: object
  readonly createClient: (options: object) => Client
}

describe('a generated client', () => {
  test('leaves out what the server imputes, and takes levels that it lets through', () => {
    const policies = {
      age: { missing: 'impute', value: 40 },
      town: { unknownLevel: 'warn' },
    } as const
    const source = createClientSource({ ...predictor, policies }, undefined)
    assert.match(source, /readonly "age"\?: number \| null\n/)
    assert.match(source, /readonly "town": number\n/)
    assert.match(createClientSource(predictor, undefined), /readonly "age": number\n/)
    const inputs = { plan: { type: 'text', known: [], levels: ['free'] } } as const
    const coded = { ...predictor, inputs, example: { plan: 'free' } }
    const lenient = { ...coded, policies: { plan: { unknownLevel: 'warn' } } as const }
    assert.match(createClientSource(coded, undefined), /readonly "plan": "free"\n/)
    assert.match(createClientSource(lenient, undefined), /readonly "plan": string\n/)
  })

  test('compiles under strict settings, and refuses to compile what the server would refuse', async () => {
    const folder = makeScratchFolder()
    writeFileSync(join(folder, 'client.ts'), createClientSource(odd, '3'))
    writeFileSync(
      join(folder, 'use.ts'),
      `import { createClient, generatedFor } from './client.ts'
       const client = createClient({ baseUrl: 'http://localhost:1', fetch })
       export const good = client.predict({ 'a "b"\\n': 1, level: -1.5, flag: true })
       export const missing = client.predict({ 'a "b"\\n': 1, level: 2, flag: 0, maybe: null })
       export const used: Promise<number | string | null | undefined> = good.then(({ warnings }) => warnings?.[0]?.used)
       export const name: string = generatedFor.name
       // @ts-expect-error no such level
       export const level = client.predict({ 'a "b"\\n': 1, level: 3, flag: true })
       // @ts-expect-error a column is missing
       export const absent = client.predict({ level: 2, flag: true })
       // @ts-expect-error no such column
       export const extra = client.predict({ 'a "b"\\n': 1, level: 2, flag: true, other: 1 })
       // @ts-expect-error it explains nothing
       export const explained = client.explain
      `,
    )
    const settings =
      '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --noUnusedLocals --noImplicitOverride --erasableSyntaxOnly --verbatimModuleSyntax --isolatedModules --allowImportingTsExtensions --target es2022 --module esnext --moduleResolution bundler --lib es2022,dom'
    const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
    const words = [compiler, ...settings.split(' '), '--types', '', join(folder, 'use.ts')]
    const { stdout } = await run(process.execPath, words).catch(
      (error: { stdout: string }) => error,
    )
    assert.equal(stdout, '')
  })

  test('asks a real server for one row and for many, in their order', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const { createClient, generatedFor } = await load(predictor, '3')
    const client = createClient({ baseUrl: `http://127.0.0.1:${server.port}/` })
    const answer = await client.predict(row)
    assert.equal(answer.probability, rowProbability)
    assert.deepEqual(answer.model, generatedFor)
    const many = await client.predictMany([row, { ...row, late: false }, { ...row, debt: null }])
    assert.deepEqual(
      many.map(({ probability }) => probability),
      [0.75, 0.5, 0.75],
    )
  })

  test('tells of each row what the server let through', async () => {
    const policies = { age: { missing: 'impute', value: 40, outOfRange: 'warn' } } as const
    const lenient = { ...predictor, policies }
    await using server = await serveModel({ predictor: lenient })
    const { createClient } = await load(lenient, undefined)
    const client = createClient({ baseUrl: `http://127.0.0.1:${server.port}` })
    const { age: _age, ...ageless } = row
    const many = await client.predictMany([row, ageless, { ...row, age: 101 }])
    const expected = 'an integer from 18 to 100'
    assert.deepEqual(
      many.map(({ warnings }) => warnings),
      [
        undefined,
        [{ pointer: '/rows/1/age', expected, policy: 'impute', used: 40 }],
        [{ pointer: '/rows/2/age', expected, value: 101, policy: 'warn', used: 101 }],
      ],
    )
  })

  test('throws the problem document of the server', async () => {
    await using server = await serveModel()
    const { createClient } = await load(predictor, undefined)
    const client = createClient({ baseUrl: `http://127.0.0.1:${server.port}` })
    await assert.rejects(client.predict({ ...row, age: 17, town: 4 }), (error: object) => {
      const { problem, ...others } = error as { problem: { errors: object[]; errorCount: number } }
      const none = { retryAfterSeconds: undefined }
      assert.deepEqual({ ...others }, { name: 'PredictionError', status: 422, ...none })
      assert.equal(problem.errorCount, 2)
      assert.deepEqual(problem.errors[0], {
        pointer: '/rows/0/age',
        expected: 'an integer from 18 to 100',
        value: 17,
      })
      return true
    })
  })

  test('takes an answer that is no JSON, and one without predictions, for a failure', async () => {
    const { createClient } = await load(predictor, undefined)
    for (const [body, status] of [
      ['<html>', 502],
      ['{}', 200],
      ['null', 200],
      ['{"model":{},"predictions":[]}', 200],
    ] as const) {
      const fetch = (): Promise<Response> => Promise.resolve(new Response(body, { status }))
      const client = createClient({ baseUrl: 'http://nowhere', fetch })
      await assert.rejects(client.predict(row), {
        name: 'PredictionError',
        status,
        problem: undefined,
        message: `the server answered ${status}`,
      })
    }
  })

  test('says when to ask again where the answer does', async () => {
    const { createClient } = await load(predictor, undefined)
    for (const [value, retryAfterSeconds] of [
      ['3', 3],
      ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ] as const) {
      const answer = new Response('{}', { status: 503, headers: { 'retry-after': value } })
      const client = createClient({ baseUrl: 'http://nowhere', fetch: async () => answer })
      await assert.rejects(client.predict(row), { status: 503, retryAfterSeconds })
    }
  })

  test('a call that is ended, or cut off, while its answer comes is no answer', async () => {
    await using server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('{')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { createClient } = await load(predictor, undefined)
    const client = createClient({ baseUrl: `http://127.0.0.1:${port}` })
    const ended = client.predict(row, { signal: AbortSignal.timeout(50) })
    await assert.rejects(ended, { name: 'TimeoutError' })
    const cutOff = assert.rejects(client.predict(row), { name: 'TypeError' })
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
    response.destroy()
    await cutOff
    server.closeAllConnections()
  })

  test('gives its own fetch the headers and the signal', async () => {
    const { createClient } = await load(predictor, undefined)
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const fetch = (
      url: string,
      { headers, signal: given, method }: RequestInit,
    ): Promise<Response> => {
      seen.push(url, method, headers, given === signal)
      return Promise.resolve(Response.json({ model: {}, predictions: [{ probability: 1 }] }))
    }
    const client = createClient({ baseUrl: 'http://a/b', fetch, headers: { authorization: 'x' } })
    await client.predict(row, { signal })
    const headers = { authorization: 'x', 'content-type': 'application/json' }
    assert.deepEqual(seen, ['http://a/b/predict', 'POST', headers, true])
  })

  test('of a model that tells contributions explains, as the predictor does', async () => {
    await using model = await trainSmallModel('boosting')
    const trained = await openPredictor(model.directory)
    await using server = await serveModel({ predictor: trained })
    const file = join(makeScratchFolder(), 'client.ts')
    const words = ['--conditions=mlpt-source', 'bin/mlpt.js', 'client', 'generate', model.directory]
    await run(process.execPath, [...words, '-o', file])
    assert.equal(readFileSync(file, 'utf8'), createClientSource(trained, undefined))
    const { createClient } = (await import(pathToFileURL(file).href)) as ClientModule
    const client = createClient({ baseUrl: `http://127.0.0.1:${server.port}` })
    const [drawn] = drawRows(4, 1)
    const { explanation } = await client.explain!(drawn!)
    const values = Float32Array.from(Object.values(drawn!), (cell) => cell ?? NaN)
    const told = trained.explain!({ rows: 1, columns: values.length, values })
    assert.equal(explanation.base, told.base)
    assert.deepEqual(Object.values(explanation.contributions), [...told.values])
  })

  test('does what docs/client.md says', async () => {
    await using server = await serveModel()
    const folder = makeScratchFolder()
    const [, example] = /```typescript\n([^]*?)```/.exec(readFileSync('docs/client.md', 'utf8'))!
    writeFileSync(join(folder, 'client.ts'), createClientSource(predictor, undefined))
    const moved = example!.replace('localhost:8000', `127.0.0.1:${server.port}`)
    writeFileSync(join(folder, 'example.ts'), moved)
    const { stdout } = await run(process.execPath, [join(folder, 'example.ts')])
    const promised = [...example!.matchAll(/console\.log.* \/\/ (.*)$/gm)].map((match) => match[1])
    assert.ok(promised.length > 2)
    assert.deepEqual(stdout.trimEnd().split('\n'), promised)
  })
})

/** Names and descriptions that would end a comment, a text or a line. */
const odd: Predictor = {
  ...predictor,
  name: "it's `${odd}` */ \u2028",
  inputs: {
    'a "b"\n': { type: 'number', description: 'ends */ here\nand goes on' },
    level: { type: 'category', levels: [-1.5, 2] },
    flag: { type: 'boolean' },
    maybe: { type: 'integer', nullable: true },
  },
}

async function load(model: Predictor, version: string | undefined): Promise<ClientModule> {
  const file = join(makeScratchFolder(), 'client.ts')
  writeFileSync(file, createClientSource(model, version))
  return (await import(pathToFileURL(file).href)) as ClientModule
}
