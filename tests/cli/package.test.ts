/** The command as docs/packaging.md has it, and the package in an empty place: what its image would do. */

import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { addPackageCommand } from '../../src/cli/commands/package.ts'
import { openPredictor } from '../../src/model/index.ts'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'
import { findFreePort } from '../free-port.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { sendRequest } from '../serving/serve-model.ts'
import { trainSmallModel } from '../serving/trained-model.ts'

const page = readFileSync('docs/packaging.md', 'utf8')
const [, written = ''] = /```sh\nmlpt (package .*)\n/.exec(page)!
const root = makeScratchFolder()
const modelFolder = join(root, 'model')
const store = join(root, 'store')

{
  await using model = await trainSmallModel('boosting')
  cpSync(model.directory, modelFolder, { recursive: true })
}

describe('mlpt package', { concurrency: false }, () => {
  test('as its page says, makes a folder that tells where the model comes from', async () => {
    const runId = await register()
    process.chdir(root)
    const printed = await run(`${written} --store ${store}`)
    assert.match(printed, /^loans-api: small, version 1, \d+ files, [\d.]+ MB\n {2}start {2}node /)
    const manifest = readManifest('loans-api')
    const { digest } = await openPredictor(modelFolder)
    assert.equal(manifest.model['digest'], digest)
    assert.equal(manifest.model['version'], '1')
    assert.equal(manifest.model['runId'], runId)
    assert.equal(manifest.model['dataHash'], 'd'.repeat(64))
    const listed = listFiles('loans-api').filter((path) => path !== 'mlpt-package.json')
    assert.deepEqual(Object.keys(manifest.files).sort(), listed)
    for (const path of listed) {
      const hash = createHash('sha256').update(readFileSync(join('loans-api', path)))
      assert.equal(manifest.files[path], hash.digest('hex'), path)
    }
  })

  test('made again, is the same, byte for byte, and replaces the one before and what killed processes left', async () => {
    const before = readFileSync('loans-api/mlpt-package.json', 'utf8')
    for (const owner of [process.pid, 999_999_999]) {
      mkdirSync(`.loans-api.${owner}.tmp`)
      writeFileSync(`.loans-api.${owner}.tmp/half`, 'x')
    }
    await run(`${written} --store ${store}`)
    assert.ok(!listFiles('loans-api').includes('half'))
    assert.deepEqual(globSync('.loans-api.*'), [])
    assert.equal(readFileSync('loans-api/mlpt-package.json', 'utf8'), before)
  })

  test('loses what was added to a package only when it is forced', async () => {
    mkdirSync('loans-api/model/logs', { recursive: true })
    writeFileSync('loans-api/model/logs/kept', 'x')
    await assert.rejects(run(`${written} --store ${store}`), {
      code: 'FILE_WRITE_FAILED',
      message: "cannot write 'loans-api': 'model/logs/kept' in it is no file of the package",
      hint: 'take it out of the folder, or say --force to lose it',
    })
    await run(`${written} --store ${store} --force`)
    assert.ok(!listFiles('loans-api').includes('model/logs/kept'))
  })

  test('replaces no folder that is no package, forced or not', async () => {
    mkdirSync('mine')
    mkdirSync('looks-alike')
    writeFileSync('mine/thesis.txt', 'x')
    writeFileSync('looks-alike/mlpt-package.json', '{"format": 1}')
    writeFileSync('file', 'x')
    for (const taken of ['mine', 'looks-alike', 'file', '.']) {
      for (const force of ['', ' --force']) {
        await assert.rejects(run(`package ${modelFolder} -o ${taken} --bento${force}`), {
          code: 'FILE_WRITE_FAILED',
          hint: /^name (?:another folder|a folder that is not there yet)$/,
        })
      }
    }
    assert.equal(readFileSync('mine/thesis.txt', 'utf8'), 'x')
    assert.equal(readFileSync('looks-alike/mlpt-package.json', 'utf8'), '{"format": 1}')
  })

  test('fills an empty folder, and replaces one kind of package by the other', async () => {
    mkdirSync('empty')
    await run(`package ${modelFolder} -o empty`)
    const printed = await run(`package ${modelFolder} -o empty --bento --json`)
    const told = JSON.parse(printed) as Record<string, unknown>
    assert.equal(told['kind'], 'bento')
    assert.equal(told['files'], listFiles('empty').length)
  })

  for (const [what, selector, code] of [
    ['a folder that is not there', 'nowhere', 'MODEL_NOT_FOUND'],
    ['a folder without a model', 'mine', 'MODEL_NOT_FOUND'],
    ['a version that is not there', `models:/loans/7 --store store`, 'MODEL_NOT_FOUND'],
    ['what is no address', 'models:/loans --store store', 'CLI_USAGE'],
    ['a store that is not there', 'models:/loans/1 --store nowhere', 'FILE_MISSING'],
  ] as const) {
    test(`${what} is refused with ${code}, and nothing is written`, async () => {
      await assert.rejects(run(`package ${selector} -o never`), { code })
      assert.throws(() => statSync('never'))
    })
  }

  test('a model that cannot score its own example is not packaged', async () => {
    cpSync(modelFolder, 'odd', { recursive: true })
    const text = readFileSync('odd/MLmodel', 'utf8').replace(/^( +age: )\d+$/m, '$1-5')
    writeFileSync('odd/MLmodel', text)
    await assert.rejects(run('package odd -o never'), { code: 'REQUEST_INVALID', message: /age/ })
  })
})

describe('the package, with what its image holds, in an empty folder', () => {
  const dockerfile = (): string => readFileSync(join(root, 'loans-api/Dockerfile'), 'utf8')
  const image = join(root, 'image')

  test('the image takes what is there, and starts as no root unless it is told to', () => {
    // For everyone to read, also where the package was made with another umask; for nobody but root to change.
    const copied = [...dockerfile().matchAll(/^COPY --chmod=755 (.+) (\S+)$/gm)]
    assert.equal(copied.length, dockerfile().match(/^COPY/gm)?.length)
    assert.ok(copied.length > 1)
    mkdirSync(image)
    for (const [, sources = '', target = ''] of copied) {
      for (const source of sources.split(' ')) {
        const place = target === './' ? source : target
        cpSync(join(root, 'loans-api', source), join(image, place), { recursive: true })
      }
    }
    const kept = readFileSync(join(root, 'loans-api/.dockerignore'), 'utf8').split('\n')
    const sources = copied.flatMap(([, names = '']) => names.split(' '))
    assert.deepEqual(
      kept.filter((line) => line.startsWith('!')).sort(),
      sources.map((name) => `!${name}`).sort(),
    )
    assert.match(dockerfile(), /^ARG RUN_AS=1000:1000$[^]*^USER \$\{RUN_AS\}$/m)
    assert.match(dockerfile(), /^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-/m)
  })

  test('the image is below 250 MB, as far as docs/packaging.md can sum it up', (t) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') return t.skip('another node')
    const mb = (cell: string): number => {
      const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(cell))
      return Number(row?.split('|')[2]?.replace('−', '-'))
    }
    const node = statSync(process.execPath).size / 1e6
    assert.ok(Math.abs(mb('24.21') - node) < 1, `node has ${node} MB`)
    const folder = listFiles(image).reduce((sum, path) => sum + statSync(join(image, path)).size, 0)
    const base = mb('as published') + mb('22.12') + node
    assert.ok(base + folder / 1e6 < 250, `${base} and ${folder / 1e6} MB`)
    const told = ['as published', '22.12', '24.21', 'the folder of'].map(mb)
    const [, sum] = /The image is about (\d+) MB/.exec(page)!
    assert.ok(Math.abs(told.reduce((all, part) => all + part, 0) - Number(sum)) < 1)
  })

  test('says which Node it needs to one that is older, in two lines', () => {
    const older = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' })
      Object.defineProperty(process, 'version', { value: 'v20.1.0' })`
    const flag = `--import=data:text/javascript,${encodeURIComponent(older)}`
    const { status, stderr } = spawnSync(process.execPath, [flag, 'server.js'], { cwd: image })
    assert.equal(status, 2)
    assert.equal(
      stderr.toString(),
      'error CLI_USAGE: this server needs Node 24 or later, this is v20.1.0\n  hint: put a newer node on the PATH\n',
    )
  })

  test('starts by its entry point and the word serve, is asked for its health, answers though nobody reads its log, drains', async () => {
    const [, environment = ''] = /^ENV (.*)$/m.exec(dockerfile())!
    const port = await findFreePort()
    const env = {
      ...Object.fromEntries(environment.split(' ').map((pair) => pair.split('='))),
      AIP_HTTP_PORT: String(port),
      MLPT_MAX_ROWS: '2',
      MLPT_LOG: '1',
    }
    const health = jsonOf(/^HEALTHCHECK .* CMD (\[.*\])$/m)
    assert.equal(await exitCodeOf(health, env), 1)
    const [, ...words] = jsonOf(/^ENTRYPOINT (\[.*\])$/m)
    const server = spawn(process.execPath, [...words, 'serve'], { cwd: image, env, stdio: 'pipe' })
    try {
      const [line] = (await once(server.stdout, 'data')) as [Buffer]
      assert.match(String(line), /^serving small, version 1 \(sha256 /)
      // Whoever read its log has ended, and it goes on.
      server.stderr.destroy()
      assert.equal(await exitCodeOf(health, env), 0)
      const readme = readFileSync(join(root, 'loans-api/README.md'), 'utf8')
      const [, body = ''] = /^curl -s http:\/\/127\.0\.0\.1:8080\/predict .* -d '(.*)'$/m.exec(
        readme,
      )!
      const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
      const answer = await sendRequest(port, '/predict', { ...post, body })
      assert.equal(answer.status, 200)
      // SageMaker's requests come by a name that nobody knows.
      const headers = { ...post.headers, host: 'model.aws.local:8080' }
      const row = JSON.parse(body) as object
      const asked = JSON.stringify({ dataframe_records: [row, row, row] })
      const invoked = await sendRequest(port, '/invocations', { ...post, headers, body: asked })
      assert.equal(invoked.status, 400)
      assert.match(invoked.text, /at most 2 rows/)
      assert.equal((await sendRequest(port, '/docs/swagger-ui.css')).status, 200)
    } finally {
      server.kill('SIGTERM')
    }
    assert.deepEqual(await once(server, 'exit'), [0, null])
  })

  test('does not start with another model, nor with a variable that is wrong', async () => {
    const server = [process.execPath, 'server.js']
    assert.equal(await exitCodeOf(server, { MLPT_PORT: '65536' }), 2)
    const model = join(image, 'model/MLmodel')
    const onnx = join(image, 'model/model.onnx')
    assert.ok(statSync(model).isFile())
    // A producer's name more: a valid model still, and not the one that was packaged.
    writeFileSync(onnx, Buffer.concat([readFileSync(onnx), Buffer.from([0x12, 1, 0x78])]))
    assert.equal(await exitCodeOf(server, { MLPT_PORT: '0' }), 1)
  })

  function jsonOf(pattern: RegExp): readonly string[] {
    return JSON.parse(pattern.exec(dockerfile())![1]!) as readonly string[]
  }

  function exitCodeOf(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
    return new Promise((resolve) => {
      const { 1: script = '' } = command
      execFile(process.execPath, [script], { cwd: image, env, timeout: 60_000 }, (error) =>
        resolve(error === null ? 0 : Number(error.code)),
      )
    })
  }
})

/** The command in this process. @returns what it printed */
async function run(words: string): Promise<string> {
  const program = new Command('mlpt').exitOverride()
  addPackageCommand(program)
  let printed = ''
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = (text) => {
    // What the runner of tests is told meanwhile is bytes.
    if (typeof text !== 'string') return write(text)
    printed += text
    return true
  }
  try {
    await program.parseAsync(words.split(' '), { from: 'user' })
  } finally {
    process.stdout.write = write
  }
  return printed
}

async function register(): Promise<string> {
  await using tracking = await openTracking(store)
  await using started = await startRun(tracking, {
    context: false,
    systemMetrics: false,
    tags: { 'mlpt.data_sha256': 'd'.repeat(64) },
  })
  await started.logModel({
    name: 'classifier',
    model: modelFolder,
    registeredName: 'loans',
    aliases: ['champion'],
  })
  return started.runId
}

interface Manifest {
  readonly model: Readonly<Record<string, unknown>>
  readonly files: Readonly<Record<string, string>>
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'mlpt-package.json'), 'utf8')) as Manifest
}

function listFiles(folder: string): readonly string[] {
  return globSync(['**/*', '.*'], { cwd: folder })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort()
}
