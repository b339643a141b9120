/** The image of a package, built by a real builder from its Dockerfile, and started as the image says. */

import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openPredictor } from '../../src/model/index.ts'
import { packageModel, readModelFiles } from '../../src/project/package/package-model-file.ts'
import { unknownLineage } from '../../src/serving/package/package-manifest.ts'
import { findFreePort } from '../free-port.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { serveModel } from '../serving/serve-model.ts'
import { drawRows, trainSmallModel } from '../serving/trained-model.ts'

describe("a builder of images takes a package's Dockerfile", { skip: findSkip() }, () => {
  test('what it makes starts as no root, is healthy, answers as our server does, and ends when it is told to', async () => {
    const scratch = makeScratchFolder()
    const storage = ['--root', join(scratch, 'images'), '--runroot', join(scratch, 'running')]
    const buildah = async (...words: readonly string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)('buildah', [...global(storage), ...words])
      return stdout.trim()
    }
    const build = (folder: string, name: string, ...words: readonly string[]): Promise<string> =>
      buildah('bud', ...isolation, '--format', 'docker', '-q', '-t', name, ...words, folder)
    await using model = await trainSmallModel('boosting')
    const folder = await makePackage(model.directory, join(scratch, 'package'))
    await build(makeBase(join(scratch, 'base')), 'base')
    await build(folder, 'small-api', '--build-arg', 'NODE_IMAGE=localhost/base')

    const { Docker: image } = JSON.parse(await buildah('inspect', '--type', 'image', 'small-api'))
    const { User, Entrypoint, Env, Healthcheck, ExposedPorts } = image.config
    assert.equal(User, '1000:1000')
    assert.deepEqual(Object.keys(ExposedPorts), ['8080/tcp'])
    assert.ok(Env.includes('NODE_ENV=production') && Env.includes('MLPT_HOST=0.0.0.0'))

    const container = await buildah('from', '--pull-never', 'localhost/small-api')
    const port = await findFreePort()
    const settings = ['-e', `MLPT_PORT=${port}`, '-e', 'MLPT_HOST=127.0.0.1']
    const within = ['run', ...isolation, ...settings, container, '--']
    const [kind, ...health] = Healthcheck.Test
    assert.equal(kind, 'CMD')
    await assert.rejects(buildah(...within, ...health), 'nothing is served yet')
    const write = `try { fs.writeFileSync('server.js', '') } catch (e) { console.log(process.getuid(), e.code) }`
    assert.equal(await buildah(...within, 'node', '-e', write), '1000 EACCES')

    const server = spawn('buildah', [...global(storage), ...within, ...Entrypoint], {
      stdio: 'ignore',
    })
    const ended = once(server, 'close')
    await waitUntilReady(port)
    // The builder's processes around it end with it.
    using running = endAtLast(findServer(port))
    await buildah(...within, ...health)
    await using ours = await serveModel({ predictor: await openPredictor(model.directory) })
    const [row] = drawRows(7, 1)
    const answer = await fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'one' },
      body: JSON.stringify(row),
    })
    const { json } = await ours.post('/predict', row, { 'x-request-id': 'one' })
    assert.deepEqual(await answer.json(), json)
    process.kill(running.pid, 'SIGTERM')
    assert.deepEqual(await ended, [0, null])
  })
})

/** What the machine lacks, or `false`. */
function findSkip(): string | false {
  if (process.getuid?.() !== 0) return 'skipped: building images without a daemon wants root here'
  try {
    execFileSync('buildah', ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'skipped: no buildah; install it with apt-get'
  }
}

/** Neither the kernel's overlays nor its namespaces, which a machine within a machine may lack. */
function global(storage: readonly string[]): readonly string[] {
  return [...storage, '--storage-driver', 'vfs']
}

const isolation = ['--isolation', 'chroot'] as const

/** Readable for its owner alone, as by a careful umask. */
async function makePackage(modelFolder: string, output: string): Promise<string> {
  const files = await readModelFiles(modelFolder)
  await packageModel({
    files,
    place: 'small',
    lineage: unknownLineage,
    kind: 'server',
    output,
    isForced: false,
  })
  execFileSync('chmod', ['-R', 'go-rwx', output])
  return output
}

/** In place of the published image of Node: this Node, and the libraries it is linked with. */
function makeBase(folder: string): string {
  const root = join(folder, 'root')
  const put = (from: string, to: string): void => {
    mkdirSync(join(root, dirname(to)), { recursive: true })
    copyFileSync(from, join(root, to))
  }
  put(process.execPath, '/usr/local/bin/node')
  const linked = execFileSync('ldd', [process.execPath], { encoding: 'utf8' })
  for (const [path] of linked.matchAll(/\/\S+\.so\S*/g)) put(path, path)
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/\nnode:x:1000:1000::/:/\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
  mkdirSync(join(root, 'tmp'))
  chmodSync(join(root, 'tmp'), 0o1777)
  const lines = ['FROM scratch', 'COPY root /', 'ENV PATH=/usr/local/bin']
  writeFileSync(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`)
  return folder
}

async function waitUntilReady(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(20)
  }
}

/** The process within, not the builder's that wait for it. */
function findServer(port: number): number {
  const read = (file: string): readonly string[] => {
    try {
      return readFileSync(file, 'utf8').split('\0')
    } catch {
      return [] // It has ended meanwhile.
    }
  }
  const [folder = '', ...others] = globSync('/proc/[0-9]*').filter((one) => {
    const [program = '', ...words] = read(`${one}/cmdline`)
    const isServer = /(^|\/)node$/.test(program) && words[0] === 'server.js'
    return isServer && read(`${one}/environ`).includes(`MLPT_PORT=${port}`)
  })
  assert.deepEqual(others, [])
  return Number(folder.slice('/proc/'.length))
}

function endAtLast(pid: number): Disposable & { readonly pid: number } {
  return {
    pid,
    [Symbol.dispose]: () => {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended, as it should.
      }
    },
  }
}
