import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Predictor } from '../../../src/core/predictor.ts'
import { predictor, serveModel } from '../serve-model.ts'

type Json = Readonly<Record<string, unknown>>

describe('the OpenAPI document', () => {
  test('names the model and its version', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const { json } = await server.send('/openapi.json')
    assert.equal(json['openapi'], '3.1.0')
    assert.deepEqual([at(json, 'info', 'title'), at(json, 'info', 'version')], ['loans', '3'])
  })

  test('describes every column as it is checked', async () => {
    await using server = await serveModel()
    const { json } = await server.send('/openapi.json')
    const rowSchema = at(json, 'components', 'schemas', 'Row') as Json
    assert.deepEqual(rowSchema['properties'], {
      age: {
        type: 'integer',
        minimum: 18,
        maximum: 100,
        description: 'years (an integer from 18 to 100)',
      },
      debt: { type: ['number', 'null'], description: 'a number; null or absent when missing' },
      late: {
        type: ['integer', 'boolean'],
        enum: [0, 1, false, true],
        description: '0 or 1, false or true',
      },
      town: { type: 'integer', enum: [-1, 0, 3, 8], description: 'one of -1, 0, 3, 8' },
    })
    assert.deepEqual(rowSchema['required'], ['age', 'late', 'town'])
    assert.equal(rowSchema['additionalProperties'], false)
    assert.deepEqual(rowSchema['example'], predictor.example)
    const instances = at(json, 'components', 'schemas', 'InstancesRequest', 'properties')
    const [, , byColumn] = at(instances, 'instances', 'oneOf') as Json[]
    assert.deepEqual(
      [byColumn!['propertyNames'], byColumn!['required']],
      [{ enum: ['age', 'debt', 'late', 'town'] }, ['age', 'late', 'town']],
    )
    const asked = at(json, 'components', 'schemas', 'InferenceRequest', 'properties', 'outputs')
    assert.deepEqual(at(asked, 'items', 'properties', 'name'), { enum: ['probability'] })
  })

  const texts = [
    ['Ulm, "alt"\nam See', '"town, now",age\n"Ulm, ""alt""\nam See",40\n'],
    // Which CSV takes for missing.
    ['NA', undefined],
  ] as const
  for (const [town, csv] of texts) {
    test(`is there for a model whose example has the text ${JSON.stringify(town)}`, async () => {
      const ofText: Predictor = {
        ...predictor,
        inputs: { 'town, now': { type: 'text', known: ['Bonn'] }, age: { type: 'integer' } },
        example: { 'town, now': town, age: 40 },
        predict: ({ rows }) => new Float32Array(rows).fill(0.5),
      }
      await using server = await serveModel({ predictor: ofText })
      const { status, text, json } = await server.send('/openapi.json')
      assert.equal(status, 200, text)
      const body = at(json, 'paths', '/invocations', 'post', 'requestBody', 'content', 'text/csv')
      assert.equal(at(body, 'examples', 'csv', 'value'), csv)
    })
  }

  test('refers only to schemas that it has, and has no operation twice', async () => {
    await using server = await serveModel()
    const { text, json } = await server.send('/openapi.json')
    const schemas = Object.keys(at(json, 'components', 'schemas') as Json)
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]
    assert.ok(references.length > 5)
    for (const [, name] of references) assert.ok(schemas.includes(name!), name)
    const operations = [...text.matchAll(/"operationId":"([^"]+)"/g)].map((match) => match[1])
    assert.equal(new Set(operations).size, operations.length)
  })

  test('lists only paths that are there, each with what it answers', async () => {
    await using server = await serveModel()
    const { json } = await server.send('/openapi.json')
    const paths = Object.entries(json['paths'] as Json)
    assert.ok(paths.length >= 9)
    for (const [path, operations] of paths) {
      for (const [method, operation] of Object.entries(operations as Json)) {
        const { status } = await server.send(path, { method: method.toUpperCase() })
        assert.ok(status !== 404 && status !== 405, `${method} ${path} is ${status}`)
        assert.ok(at(operation, 'responses', '200', 'description'))
        assert.ok((operation as Json)['summary'])
      }
    }
  })

  for (const path of [
    '/predict',
    '/v2/models/loans/infer',
    '/v1/models/loans:predict',
    '/invocations',
  ]) {
    test(`every example request of ${path} is answered with the example answer`, async () => {
      await using server = await serveModel({ modelVersion: '3' })
      const { json } = await server.send('/openapi.json')
      const operation = at(json, 'paths', path, 'post') as Json
      const requests = at(
        operation,
        'requestBody',
        'content',
        'application/json',
        'examples',
      ) as Json
      assert.ok(Object.keys(requests).length > 0)
      for (const [name, example] of Object.entries(requests)) {
        // The document's predictions have the ids of a request of this id.
        const headers = { 'x-request-id': '7d4e1c02' }
        const answer = await server.post(path, (example as Json)['value'], headers)
        const expected = at(
          operation,
          'responses',
          '200',
          'content',
          'application/json',
          'examples',
          name,
          'value',
        )
        assert.deepEqual([answer.status, answer.json], [200, expected])
      }
    })
  }
})

describe('the documentation page', () => {
  test('is where / leads', async () => {
    await using server = await serveModel()
    const { status, headers } = await server.send('/')
    assert.deepEqual([status, headers['location']], [302, 'docs'])
    const slash = await server.send('/docs/?x=1')
    assert.deepEqual([slash.status, slash.headers['location']], [302, '../docs'])
  })

  test('loads everything from beside itself, whatever path leads there, and all of it is there', async () => {
    await using loans = await serveModel()
    // As a proxy does that has the server below a path of its own.
    const place = 'http://host/models/loans'
    const send = (link: string): ReturnType<typeof loans.send> => {
      const { href } = new URL(link, `${place}/docs`)
      assert.ok(href.startsWith(`${place}/`), href)
      return loans.send(href.slice(place.length))
    }
    const { text, headers } = await send('docs')
    assert.match(String(headers['content-type']), /^text\/html/)
    const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!)
    assert.ok(links.length >= 5)
    for (const link of links) assert.equal((await send(link)).status, 200, link)
    const [, shown] = /url: '(.*)'/.exec((await send('docs/start.js')).text)!
    const servers = (await send(shown!)).json['servers'] as readonly { url: string }[]
    const server = new URL(servers[0]!.url, new URL(shown!, `${place}/docs`))
    assert.equal(new URL('predict', server).href, `${place}/predict`)
  })

  test('lets no script run but its own', async () => {
    await using server = await serveModel()
    const { headers, text } = await server.send('/docs')
    assert.match(String(headers['content-security-policy']), /script-src 'self';/)
    assert.doesNotMatch(text, /<script>|onload=|onclick=/)
  })

  test('a name with markup is text', async () => {
    const named = { ...predictor, name: '<b>"x"</b>' }
    await using server = await serveModel({ predictor: named })
    const { text } = await server.send('/docs')
    assert.doesNotMatch(text, /<b>/)
  })

  test('nor are columns and texts in the table of columns Markdown, or more columns', async () => {
    const inputs = { '<img src=x>|[a](b)': { type: 'text', known: ['x'] } } as const
    const example = { '<img src=x>|[a](b)': '</details>\n*_x_*' }
    const predict: Predictor['predict'] = ({ rows }) => new Float32Array(rows).fill(0.5)
    const odd: Predictor = { ...predictor, inputs, example, predict }
    await using server = await serveModel({ predictor: odd })
    const { json } = await server.send('/openapi.json')
    assert.match(
      String(at(json, 'paths', '/predict', 'post', 'description')),
      /^\| \\<img src=x\\>&#124;\\\[a\\\]\(b\) \|  \| a text \| \\<\/details\\> \\\*\\_x\\_\\\* \|$/m,
    )
  })
})

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Json | undefined)?.[name], value)
}
