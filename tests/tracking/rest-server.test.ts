import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openServedRuns, type ServedRuns } from './serve-credit-runs.ts'
import { ask, assertRefused, openServedStore, post, type Answer } from './serve-store.ts'

const api = '/api/2.0/mlflow'
let served: ServedRuns

before(async () => {
  served = await openServedRuns()
})
after(() => served[Symbol.asyncDispose]())

describe('bad requests', () => {
  const cases: readonly [name: string, path: string, status: number, code: string][] = [
    ['an unknown run', 'runs/get?run_id=nope', 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['a missing run id', 'runs/get', 400, 'INVALID_PARAMETER_VALUE'],
    ['a repeated id', 'runs/get?run_id=a&run_id=b', 400, 'INVALID_PARAMETER_VALUE'],
    ['an unknown experiment', 'experiments/get?experiment_id=99', 404, 'RESOURCE_DOES_NOT_EXIST'],
    [
      'an experiment id that is no number',
      'experiments/get?experiment_id=1%20OR%201',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'an unknown experiment name',
      'experiments/get-by-name?experiment_name=x',
      404,
      'RESOURCE_DOES_NOT_EXIST',
    ],
    ['a search without max_results', 'experiments/search', 400, 'INVALID_PARAMETER_VALUE'],
    ['a page of none', 'experiments/search?max_results=0', 400, 'INVALID_PARAMETER_VALUE'],
    ['a huge page', 'experiments/search?max_results=1000000000', 400, 'INVALID_PARAMETER_VALUE'],
    [
      'a page that is no number',
      'experiments/search?max_results=1e9',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'a page token that is none',
      'experiments/search?max_results=1&page_token=abc',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'an unknown view type',
      'experiments/search?max_results=1&view_type=SOME',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    ['an unknown model', 'registered-models/get?name=x', 404, 'RESOURCE_DOES_NOT_EXIST'],
    [
      'an unknown alias',
      'registered-models/alias?name=credit&alias=x',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'a number as an alias',
      'registered-models/alias?name=credit&alias=1',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'an unknown version',
      'model-versions/get?name=credit&version=9',
      404,
      'RESOURCE_DOES_NOT_EXIST',
    ],
    [
      'a version that is no number',
      'model-versions/get?name=credit&version=x',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'an unknown stage',
      'registered-models/get-latest-versions?name=credit&stages=Best',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'a list outside the run',
      'artifacts/list?run_id=RUN&path=../..',
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    ['a list page', 'artifacts/list?run_id=RUN&page_token=x', 400, 'INVALID_PARAMETER_VALUE'],
    ['an unknown endpoint', 'nothing/here', 404, 'ENDPOINT_NOT_FOUND'],
  ]
  for (const [name, path, status, code] of cases) {
    test(`${name} is answered ${status}`, async () => {
      assertTellsNothing(await get(path.replace('RUN', served.first)), status, code)
    })
  }

  for (const [name, body, message] of [
    ['a filter that is not supported', { filter: "params.a BETWEEN '1'" }, /Invalid/],
    ['a filter that makes no sense', { filter: "1'; DROP TABLE runs --" }, /Invalid/],
    ['an unknown order', { order_by: ['nothing'] }, /Invalid attribute key/],
    ['ids that are no texts', { experiment_ids: [1] }, /experiment_ids/],
    ['an experiment id that is no number', { experiment_ids: ['x'] }, /Invalid experiment ID/],
    ['a negative page', { max_results: -1 }, /max_results/],
    ['a fractional page', { max_results: 1.5 }, /max_results/],
    ['a huge page', { max_results: 50_001 }, /max_results/],
    ['a view type of another type', { run_view_type: {} }, /run_view_type/],
    ['a huge offset', { page_token: btoa('{"offset": 1e99}') }, /page token/],
  ] as const) {
    test(`a search for runs with ${name} is refused`, async () => {
      const answer = await post(served.address, `${api}/runs/search`, {
        experiment_ids: ['1'],
        ...body,
      })
      assertTellsNothing(answer, 400, 'INVALID_PARAMETER_VALUE')
      assert.match(answer.json.message, message)
    })
  }

  test('a body that is no JSON object is refused, an empty one is an empty object', async () => {
    for (const body of ['{bad', '[]', '1', 'null', '"text"', '\xff']) {
      assertTellsNothing(await sendBody(body, 'application/json'), 400, 'INVALID_PARAMETER_VALUE')
    }
    for (const body of ['', '{}', '"{}"']) {
      assert.deepEqual((await sendBody(body, 'application/json; charset=utf-8')).json, {})
    }
  })

  test('a body of another content type is refused, whatever a page could send without asking', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      '',
    ]) {
      assertTellsNothing(await sendBody('{}', type), 400, 'INVALID_PARAMETER_VALUE')
    }
  })

  test('a body beyond 24 MiB is refused', async () => {
    const answer = await sendBody(
      JSON.stringify({ filter: 'x'.repeat(24 * 2 ** 20) }),
      'application/json',
    )
    assertTellsNothing(answer, 413, 'BAD_REQUEST')
  })

  test('a body nested a million deep is refused', async () => {
    const deep = `{"experiment_ids": ${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`
    const answer = await sendBody(deep, 'application/json')
    assertTellsNothing(answer, 400, 'INVALID_PARAMETER_VALUE')
  })

  test('an unknown method or path is not found, and traces are out of scope', async () => {
    for (const [method, path] of [
      ['GET', `${api}/runs/create`],
      ['DELETE', `${api}/runs/get`],
      ['PUT', `${api}/experiments/create`],
      ['POST', `${api}/nothing`],
      ['GET', '/api/2.0/preview/mlflow/runs/get'],
    ] as const) {
      const headers = { 'content-type': 'application/json' }
      const answer = await ask(served.address, path, { method, headers, body: '{}' })
      assertTellsNothing(answer, 404, 'ENDPOINT_NOT_FOUND')
    }
    for (const path of ['/api/3.0/mlflow/traces', '/v1/traces', '/api/3.0/mlflow/scorers/list']) {
      const answer = await post(served.address, path, {})
      assertTellsNothing(answer, 501, 'NOT_IMPLEMENTED')
      assert.match(answer.json.message, /out of scope/)
    }
  })

  test('a GET may have its message as a body, but not both', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ run_id: served.first })
    const found = await ask(served.address, `${api}/runs/get`, { headers, body })
    assert.equal(found.json.run.info.run_id, served.first)
    const other = await ask(served.address, `${api}/runs/get?run_id=nope`, { headers, body })
    assertTellsNothing(other, 404, 'RESOURCE_DOES_NOT_EXIST')
  })

  test('a DELETE with another content type is refused', async () => {
    const headers = { 'content-type': 'text/plain' }
    const answer = await ask(served.address, `${api}/registered-models/delete`, {
      method: 'DELETE',
      headers,
      body: '{"name": "credit"}',
    })
    assertTellsNothing(answer, 400, 'INVALID_PARAMETER_VALUE')
  })
})

describe('paths of artifacts', () => {
  const root = '/api/2.0/mlflow-artifacts/artifacts'
  before(async () => {
    await writeFile(join(served.directory, 'secret'), 'hidden content')
  })

  for (const path of [
    '../secret',
    '..%2fsecret',
    '%2e%2e/secret',
    '%2e%2e%2fsecret',
    '1/../../secret',
    '1/..%2f..%2fsecret',
    '..%5csecret',
    '..\\secret',
    '%2fetc%2fpasswd',
    '//etc/passwd',
    '1//x',
    '1/%00',
    'C:/x',
    '1/.',
    '.',
  ]) {
    test(`${path} is refused`, async () => {
      assertTellsNothing(
        await ask(served.address, `${root}/${path}`),
        400,
        'INVALID_PARAMETER_VALUE',
      )
      const list = await ask(served.address, `${root}?path=${path}`)
      assertTellsNothing(list, 400, 'INVALID_PARAMETER_VALUE')
    })
  }

  for (const path of ['%252e%252e/secret', '..%252fsecret', '1/x', '..;/secret']) {
    test(`${path} is decoded once and is then just a name that is not there`, async () => {
      assertTellsNothing(
        await ask(served.address, `${root}/${path}`),
        404,
        'RESOURCE_DOES_NOT_EXIST',
      )
    })
  }

  test('a malformed escape is a bad request, a folder is no file', async () => {
    assertTellsNothing(await ask(served.address, `${root}/%zz`), 400, 'BAD_REQUEST')
    assertTellsNothing(
      await ask(served.address, `${root}/1/${served.first}/artifacts`),
      400,
      'INVALID_PARAMETER_VALUE',
    )
  })
})

describe('who may ask', () => {
  test('a foreign Host is refused on every page and endpoint, except the probes', async () => {
    for (const path of [
      '/',
      '/page/main.ts',
      `${api}/runs/get?run_id=${served.first}`,
      '/nothing',
    ]) {
      const answer = await ask(served.address, path, { headers: { host: 'evil.example.org' } })
      assertTellsNothing(answer, 403, 'PERMISSION_DENIED')
    }
    const probe = await ask(served.address, '/health', { headers: { host: 'evil.example.org' } })
    assert.equal(probe.status, 200)
  })

  test('an added name is answered', async () => {
    const answer = await ask(served.address, '/', { headers: { host: 'ml.example.org:8080' } })
    assert.equal(answer.status, 200)
  })

  test('a page of another origin cannot post', async () => {
    const headers = { 'content-type': 'application/json', origin: 'http://evil.example.org' }
    const answer = await ask(served.address, `${api}/runs/search`, {
      method: 'POST',
      headers,
      body: '{}',
    })
    assertTellsNothing(answer, 403, 'PERMISSION_DENIED')
  })
})

describe('files of the page', () => {
  test('the page allows no code and no origin but its own', async () => {
    const { headers, text } = await ask(served.address, '/')
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe|https?:|\*/)
    assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//)
  })

  for (const path of [
    'index.html',
    'tsconfig.json',
    '../tracking/names.ts',
    '..%2ftracking%2fnames.ts',
    '%2e%2e%2fcore%2ferrors.ts',
    'nothing.ts',
    'library/nothing.js',
    'library/..%2f..%2fpackage.json',
  ]) {
    test(`/page/${path} is not served`, async () => {
      assertTellsNothing(await ask(served.address, `/page/${path}`), 404, 'ENDPOINT_NOT_FOUND')
    })
  }
})

test('a failure inside is told to the owner, not to the client', async () => {
  await using own = await openServedStore()
  await own.store[Symbol.asyncDispose]()
  const answer = await ask(own.address, `${api}/runs/get?run_id=x`)
  assertTellsNothing(answer, 500, 'INTERNAL_ERROR')
  assert.equal(own.failures.length, 1)
})

test('nothing that was asked here made the server fail', () =>
  assert.deepEqual(served.failures, []))

function get(path: string): Promise<Answer> {
  return ask(served.address, `${api}/${path}`)
}

function sendBody(body: string, type: string): Promise<Answer> {
  return ask(served.address, `${api}/runs/search`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
}

function assertTellsNothing(answer: Answer, status: number, code: string): void {
  assertRefused(answer, status, code)
  assert.doesNotMatch(answer.text, /SELECT|sqlite|node:|\/work\/|\/tmp\/|hidden content|at \w+ \(/i)
}
