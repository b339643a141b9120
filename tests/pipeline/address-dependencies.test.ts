/** Stages that read from a web server: looked at without the content, and recorded as DVC does. */

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { describe, test } from 'node:test'
import { readStatus } from '../../src/pipeline/index.ts'
import { createAddressReader } from '../../src/pipeline/run/read-address.ts'
import { pauseAfter, unavailable } from '../../src/pipeline/versioning/download-errors.ts'
import { findFreePort } from '../free-port.ts'
import { makeProject, outcomes, type Project } from './project.ts'
import { serve, type TestServer } from '../web-server.ts'

interface Web extends TestServer {
  /** The ETag of every file; a number is a status that is answered instead. */
  answer: string | number
  /** Methods and paths, as they came. */
  readonly asked: string[]
}

async function serveTag(answer: string | number = '"one"'): Promise<Web> {
  const state = { answer, asked: [] as string[] }
  const listener: RequestListener = ({ method, url }, response) => {
    state.asked.push(`${method} ${url}`)
    if (typeof state.answer === 'number') response.writeHead(state.answer)
    else response.writeHead(200, { etag: state.answer, 'content-length': 6 })
    response.end(method === 'HEAD' ? undefined : 'hello\n')
  }
  return Object.assign(state, await serve(listener))
}

function makeReader(address: string, more = ''): Project {
  return makeProject({
    '.dvc/config': '',
    'dvc.yaml': `stages:
  read: {cmd: echo a >> ran.txt; echo a > out.txt, deps: ['${address}'], outs: [out.txt]${more}}
  beside: {cmd: echo b > beside.txt, outs: [beside.txt], params: [p.yaml: [k]]}
`,
    'p.yaml': 'k: 1\n',
  })
}

async function status({ directory }: Project): ReturnType<typeof readStatus> {
  return readStatus({ directory, env: process.env, clock: Date.now })
}

describe('a dependency on a web server', () => {
  test('is asked for its ETag only, and runs the stage when that is another', async () => {
    await using web = await serveTag()
    using project = makeReader(`${web.url}/data.csv`)
    await project.run()
    assert.match(
      project.read('dvc.lock'),
      /- path: http:\S+\/data\.csv\n {6}hash: md5\n {6}checksum: '"one"'\n {6}size: 6\n/,
    )
    assert.deepEqual(outcomes(await project.run()), { read: 'unchanged', beside: 'unchanged' })
    assert.equal((await status(project)).isClean, true)
    web.answer = '"two"'
    const { dvc, stages } = await status(project)
    assert.deepEqual(dvc, { read: [{ 'changed deps': { [`${web.url}/data.csv`]: 'modified' } }] })
    assert.deepEqual(stages[0]?.reasons, [
      { kind: 'dependency-changed', name: `${web.url}/data.csv`, before: '"one"', after: '"two"' },
    ])
    assert.deepEqual(outcomes(await project.run()), { read: 'ran', beside: 'unchanged' })
    assert.equal(project.read('ran.txt'), 'a\na\n')
    assert.deepEqual(new Set(web.asked), new Set(['HEAD /data.csv']))
  })

  test('is taken from the record of before, not from what came while the stage ran', async () => {
    await using web = await serveTag()
    using project = makeReader(`${web.url}/data.csv`)
    const running = project.run({
      report: ({ kind }) => {
        if (kind === 'stage-started') web.answer = '"two"'
      },
    })
    await running
    assert.match(project.read('dvc.lock'), /checksum: '"one"'/)
    assert.deepEqual(outcomes(await project.run()), { read: 'ran', beside: 'unchanged' })
  })

  test('never answers from the run cache, as in DVC', async () => {
    await using web = await serveTag()
    using project = makeReader(`${web.url}/data.csv`)
    await project.run()
    web.answer = '"two"'
    await project.run()
    web.answer = '"one"'
    assert.equal(outcomes(await project.run())['read'], 'ran')
  })

  test('that is gone is missing', async () => {
    await using web = await serveTag(404)
    using project = makeReader(`${web.url}/data.csv`)
    const error = { code: 'FILE_MISSING', message: /needs 'http:\S+', which does not exist/ }
    await assert.rejects(project.run(), error)
    web.answer = '"one"'
    await project.run()
    web.answer = 410
    const { dvc } = await status(project)
    assert.deepEqual(dvc, { read: [{ 'changed deps': { [`${web.url}/data.csv`]: 'deleted' } }] })
    await assert.rejects(project.run(), error)
    assert.equal(project.read('out.txt'), 'a\n', 'the output of before stays')
    assert.deepEqual(outcomes(await project.run({ allowMissing: true })), {
      read: 'unchanged',
      beside: 'unchanged',
    })
  })

  test('that is refused is told so by a run, and no other stage suffers', async () => {
    await using web = await serveTag(403)
    using project = makeReader(`${web.url}/data.csv?token=secret`)
    await assert.rejects(project.run({ keepGoing: true }), (error: Error) => {
      assert.match(error.message, /refuses 'http:\S+\/data\.csv': it answered 403/)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
    assert.equal(project.read('beside.txt'), 'b\n')
  })

  test('whose server is away is missing to a look, and an error with its reason to a run', async () => {
    const port = await findFreePort()
    using project = makeReader(`http://127.0.0.1:${port}/data.csv`)
    const { stages } = await status(project)
    assert.deepEqual(
      stages.map(({ action }) => action),
      ['run', 'run'],
    )
    await assert.rejects(project.run(), {
      code: 'DATA_SOURCE_UNAVAILABLE',
      message: /ECONNREFUSED/,
    })
  })

  test('does not keep a run that is interrupted', async () => {
    // Takes connections and never answers.
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    try {
      const address = silent.address()
      assert.ok(address !== null && typeof address === 'object')
      using project = makeReader(`http://127.0.0.1:${address.port}/data.csv`)
      const interruption = new AbortController()
      silent.once('connection', () => interruption.abort(new Error('enough')))
      await assert.rejects(project.run({ signal: interruption.signal }))
    } finally {
      silent.close()
    }
  })

  test('of a frozen stage is not needed', async () => {
    await using web = await serveTag()
    using project = makeReader(`${web.url}/data.csv`)
    await project.run()
    project.write({
      'dvc.yaml': project.read('dvc.yaml').replace('outs: [out.txt]', 'frozen: true, $&'),
    })
    web.answer = 403
    assert.equal((await status(project)).isClean, true)
    assert.deepEqual(outcomes(await project.run()), { read: 'unchanged', beside: 'unchanged' })
  })

  test('keeps its password out of messages, and is no reason to send it', async () => {
    await using web = await serveTag()
    using project = makeReader(web.url.replace('//', '//user:secret@'))
    await assert.rejects(status(project), (error: Error) => {
      assert.match(error.message, /has a password in it/)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
    assert.deepEqual(web.asked, [])
  })

  test('of a kind that only DVC knows leaves the other stages alone', async () => {
    for (const [address, reason] of [
      ['gs://bucket/key', /'gs:\/\/bucket\/key' cannot be looked at: 'gs' is not supported/],
      ['remote://nowhere/key', /there is no remote 'nowhere'/],
    ] as const) {
      using project = makeReader(address)
      assert.deepEqual(outcomes(await project.run({ targets: ['beside'] })), { beside: 'ran' })
      await assert.rejects(project.run(), { message: reason })
    }
  })

  test('does not wait for another, of the same stage or of another one; sixteen are asked at once', async () => {
    let [now, most] = [0, 0]
    const listener: RequestListener = (_, response) => {
      most = Math.max(most, ++now)
      setTimeout(() => {
        now--
        response.writeHead(200, { etag: '"one"' }).end()
      }, 40)
    }
    await using web = await serve(listener)
    const stage = (from: number, count: number): string => {
      const paths = Array.from({ length: count }, (_, at) => `'${web.url}/${from + at}'`)
      return `{cmd: echo a > ${from}.txt, deps: [${paths.join(', ')}], outs: [${from}.txt]}`
    }
    const files = {
      '.dvc/config': '',
      'dvc.yaml': `stages:\n  a: ${stage(100, 2)}\n  b: ${stage(200, 2)}\n`,
    }
    using project = makeProject(files)
    await status(project)
    assert.equal(most, 4)
    project.write({ 'dvc.yaml': `stages:\n  a: ${stage(100, 20)}\n` })
    most = 0
    assert.deepEqual(outcomes(await project.run()), { a: 'ran' })
    assert.equal(most, 16)
  })

  test('is asked again when its server says, and how often is told', async () => {
    let asked = 0
    await using web = await serve((_, response) => {
      asked++
      response.writeHead(503, { 'retry-after': '0.001' }).end()
    })
    const read = createAddressReader({
      config: { sections: new Map(), remotes: new Map() },
      retryDelaysMs: [1],
      timeoutMs: 1000,
    })
    // GET after HEAD, each time.
    await assert.rejects(read(`${web.url}/a`), { message: /answered 503, tried 2 times$/ })
    assert.equal(asked, 4)
    const after = (retryAfter: string): number =>
      pauseAfter(unavailable('http://a/', 'busy', { retryAfter }), 200, 10_000)
    assert.deepEqual(['3', '0', '99', 'Tue'].map(after), [3000, 200, 10_000, 200])
  })

  test('is named with all the others that cannot be looked at', async () => {
    await using web = await serveTag(403)
    using project = makeReader(`${web.url}/a.csv', '${web.url}/b.csv?token=secret`)
    await assert.rejects(project.run(), (error: Error) => {
      assert.match(
        error.message,
        /^2 addresses cannot be looked at:\n {2}the server refuses 'http:\S+\/a\.csv': .*\n {2}the server refuses 'http:\S+\/b\.csv': it answered 403$/,
      )
      return true
    })
  })
})
