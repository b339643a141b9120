/** Stages that read from web servers and S3, by the real dvc and by us: equal locks, equal verdicts. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeDvcEnvironment } from './dvc-program.ts'
import { s3Keys, skipWithoutMoto, startMoto } from './moto.ts'
import { dvcProgram, makeTwins, peer, type Twins } from './twins.ts'
import { startServer } from './web-server.ts'

/** Not blocking, as a server of this process answers. */
async function ask(
  [program, ...args]: readonly string[],
  cwd: string,
): Promise<{ readonly isDone: boolean; readonly output: string }> {
  const child = spawn(program!, args, {
    cwd,
    env: {
      ...dvcEnvironment,
      AWS_ACCESS_KEY_ID: s3Keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3Keys.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece
  })
  const [code] = await once(child, 'close')
  return { isDone: code === 0, output }
}

const dvc = [dvcProgram]
const dvcEnvironment = makeDvcEnvironment()
const mlpt = [process.execPath, ...mlptArguments]

/** Each tool in its own repository; both have to leave the same. */
async function run({ ours, theirs }: Twins, ...args: readonly string[]): Promise<void> {
  const [own, other] = await Promise.all([
    ask([...mlpt, ...args], ours),
    ask([...dvc, ...args], theirs),
  ])
  assert.equal(own.isDone, other.isDone, args.join(' '))
  const [lock, expected] = [ours, theirs].map((folder) =>
    readFileSync(join(folder, 'dvc.lock'), 'utf8'),
  )
  assert.equal(lock, expected, args.join(' '))
  const [runs, expectedRuns] = [ours, theirs].map(listRuns)
  assert.deepEqual(runs, expectedRuns)
}

function listRuns(folder: string): string[] {
  const entries = readdirSync(join(folder, '.dvc/cache'), { recursive: true, encoding: 'utf8' })
  return entries.filter((path) => /^runs\/..\/\w+$/.test(path)).sort()
}

/** Ours on both repositories, and theirs on what ours has left. */
async function status({ ours, theirs }: Twins): Promise<unknown> {
  const answers = await Promise.all([
    ask([...mlpt, 'status', '--json'], ours),
    ask([...mlpt, 'status', '--json'], theirs),
    ask([...dvc, 'status', '--json'], ours),
  ])
  const [first, ...others] = answers.map(({ output }) => JSON.parse(output) as unknown)
  for (const other of others) assert.deepEqual(other, first)
  return first
}

function write({ ours, theirs }: Twins, path: string, text: string): void {
  for (const folder of [ours, theirs]) writeFileSync(join(folder, path), text)
}

function pipelineOf(dependencies: readonly (readonly string[])[]): string {
  const stages = dependencies.map(
    (list, i) =>
      `  s${i}: {cmd: echo ${i} > o${i}.txt, deps: ${JSON.stringify(list)}, outs: [o${i}.txt]}\n`,
  )
  return `stages:\n${stages.join('')}`
}

describe('dvc and mlpt', { skip: peer.skip }, () => {
  test('record and compare what a web server says', async () => {
    const server = await startServer()
    try {
      const twins = makeTwins()
      const names = [
        'etag.csv',
        'weak',
        'md5',
        'dated',
        'no-length',
        'no-length-etag',
        'redirected',
        'x%20y-etag?q=1#part',
        "o'brien",
      ]
      const addresses = names.map((name) => `${server.url}/${name}`)
      const upper = server.url.replace('http', 'HTTP')
      write(twins, 'local.txt', 'local\n')
      write(
        twins,
        'dvc.yaml',
        pipelineOf([
          ...addresses.map((one) => ['local.txt', one]),
          [`${upper}/etag.csv`],
          ['o0.txt'],
        ]),
      )
      await run(twins, 'repro')
      assert.deepEqual(await status(twins), {})
      server.body = 'something else\n'
      assert.equal(Object.keys((await status(twins)) as object).length, 7)
      await run(twins, 'repro')
      server.body = 'once more, and longer\n'
      await run(twins, 'commit', '-f')
      assert.deepEqual(await status(twins), {})
    } finally {
      server.close()
    }
  })

  test('take what is gone or refused for deleted, and do not run with it', async () => {
    const server = await startServer()
    try {
      const twins = makeTwins()
      const address = `${server.url}/etag.csv`
      write(twins, 'dvc.yaml', pipelineOf([[address], ['o0.txt']]))
      await run(twins, 'repro')
      write(twins, 'dvc.yaml', pipelineOf([[`${server.url}/missing.csv`], ['o0.txt']]))
      await status(twins)
      await run(twins, 'repro')
      write(twins, 'dvc.yaml', pipelineOf([[address], ['o0.txt']]))
      await run(twins, 'repro')
      write(
        twins,
        'dvc.yaml',
        pipelineOf([[address], ['o0.txt']]).replace('outs', 'frozen: true, outs'),
      )
      server.body = 'something else\n'
      assert.deepEqual(await status(twins), {})
      await run(twins, 'repro')
      server.close()
      await run(twins, 'repro')
    } finally {
      server.close()
    }
  })
})

describe('dvc and mlpt on S3', { skip: peer.skip || skipWithoutMoto(peer.python) }, () => {
  test('record an object by its ETag and a folder by all of them', async () => {
    await using s3 = await startMoto(peer.python)
    const bucket = await s3.makeBucket()
    for (const key of ['x.csv', 'folder/b.csv', 'folder/a/é.csv', 'folder/a/', 'folder-2/c.csv']) {
      await s3.put(bucket, `data/${key}`, `content of ${key}`)
    }
    const twins = makeTwins()
    const config = `['remote "st"']
    url = s3://${bucket}/data
    endpointurl = ${s3.endpoint}
`
    write(twins, '.dvc/config', config)
    write(
      twins,
      'dvc.yaml',
      pipelineOf([
        ['remote://st/x.csv'],
        ['remote://st/folder'],
        ['remote://st/folder/'],
        ['o0.txt'],
      ]),
    )
    await run(twins, 'repro')
    assert.deepEqual(await status(twins), {})
    await s3.put(bucket, 'data/x.csv', 'another content')
    assert.deepEqual(await status(twins), {
      s0: [{ 'changed deps': { 'remote://st/x.csv': 'modified' } }],
    })
    await run(twins, 'repro')
    await s3.remove(bucket, 'data/folder/b.csv')
    await run(twins, 'repro')
    await s3.remove(bucket, 'data/x.csv')
    assert.deepEqual(await status(twins), {
      s0: [{ 'changed deps': { 'remote://st/x.csv': 'deleted' } }],
    })
  })
})
