import assert from 'node:assert/strict'
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readStatus } from '../../src/pipeline/index.ts'
import { makeProject, outcomes } from './project.ts'
import { chain, folderOutput } from './small-pipelines.ts'

describe('the cache', () => {
  test('a lost or edited output is restored instead of run again', async () => {
    using project = makeProject(folderOutput)
    await project.run()
    rmSync(join(project.directory, 'made'), { recursive: true })
    assert.deepEqual(outcomes(await project.run()), { make: 'restored', use: 'unchanged' })
    assert.equal(project.read('made/deep/b.txt'), 'b\n')
    project.write({ 'made/a.txt': 'edited', 'made/extra.txt': 'extra' })
    assert.deepEqual(outcomes(await project.run()), { make: 'restored', use: 'unchanged' })
    assert.equal(project.read('made/a.txt'), 'a\n')
    assert.equal(existsSync(join(project.directory, 'made/extra.txt')), false)
  })

  test('the plan knows that a restored output changes nothing below', async () => {
    using project = makeProject(folderOutput)
    await project.run()
    rmSync(join(project.directory, 'made'), { recursive: true })
    const status = await readStatus({
      directory: project.directory,
      env: process.env,
      clock: Date.now,
    })
    assert.deepEqual(
      status.stages.map(({ name, action }) => [name, action]),
      [
        ['make', 'restore'],
        ['use', 'skip'],
      ],
    )
  })

  test('objects are read-only and named by what is in them', async () => {
    using project = makeProject(chain)
    await project.run()
    // md5 of 'HELLO\n'
    const path = join(project.directory, '.dvc/cache/files/md5/00/84467710d2fc9d8a306e14efbe6d0f')
    assert.equal(statSync(path).mode & 0o777, 0o444)
  })

  test('a damaged object is thrown away and the stage runs', async () => {
    using project = makeProject(chain)
    await project.run()
    const path = join(project.directory, '.dvc/cache/files/md5/00/84467710d2fc9d8a306e14efbe6d0f')
    chmodSync(path, 0o644)
    writeFileSync(path, 'damaged')
    chmodSync(path, 0o444)
    rmSync(join(project.directory, 'upper.txt'))
    assert.deepEqual(outcomes(await project.run()), { upper: 'ran', count: 'unchanged' })
    assert.equal(project.read('upper.txt'), 'HELLO\n')
  })

  test('a deleted cache is filled again without running anything', async () => {
    using project = makeProject(chain)
    await project.run()
    rmSync(join(project.directory, '.dvc/cache'), { recursive: true, force: true })
    assert.deepEqual(outcomes(await project.run()), { upper: 'saved', count: 'unchanged' })
    rmSync(join(project.directory, 'upper.txt'))
    assert.deepEqual(outcomes(await project.run()), { upper: 'restored', count: 'unchanged' })
  })

  test('a metric with cache: false is kept for the run cache and comes back, as with DVC', async () => {
    using project = makeProject(chain)
    await project.run()
    for (const options of [{}, { noRunCache: true }]) {
      rmSync(join(project.directory, 'count.json'))
      const summary = await project.run(options)
      assert.deepEqual(outcomes(summary), { upper: 'unchanged', count: 'restored' })
    }
  })

  test('without the run cache, an input that is as it was before runs again', async () => {
    using project = makeProject(chain)
    await project.run()
    project.write({ 'in.txt': 'other' })
    await project.run()
    project.write({ 'in.txt': chain['in.txt'] })
    const summary = await project.run({ noRunCache: true })
    assert.deepEqual(outcomes(summary), { upper: 'ran', count: 'ran' })
  })

  test('an output with cache: false is not cached and so runs again when lost', async () => {
    using project = makeProject({
      in: 'x',
      'dvc.yaml': `stages:
  copy: {cmd: cp in out, deps: [in], outs: [{out: {cache: false}}]}
`,
    })
    await project.run()
    rmSync(join(project.directory, 'out'))
    assert.deepEqual(outcomes(await project.run()), { copy: 'ran' })
  })

  test('an input that is as it was before a change gives what it gave then, without running', async () => {
    using project = makeProject(chain)
    const before = project.read('dvc.yaml')
    await project.run()
    project.write({ 'in.txt': 'other' })
    await project.run()
    project.write({ 'in.txt': chain['in.txt'], 'dvc.yaml': before })
    assert.deepEqual(outcomes(await project.run()), { upper: 'restored', count: 'restored' })
  })

  test('a parameter called size counts, though its name is no part of the key', async () => {
    using project = makeProject({
      'params.yaml': 'size: 1',
      'dvc.yaml': `stages:
  copy: {cmd: cp params.yaml out, params: [size], outs: [out]}
`,
    })
    await project.run()
    project.write({ 'params.yaml': 'size: 2' })
    assert.deepEqual(outcomes(await project.run()), { copy: 'ran' })
    assert.equal(project.read('out'), 'size: 2')
  })

  test('a restored file can be executed when the original could', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:\n  tool: {cmd: 'echo x > tool && chmod +x tool', outs: [tool]}\n`,
    })
    await project.run()
    rmSync(join(project.directory, 'tool'))
    await project.run()
    assert.equal(statSync(join(project.directory, 'tool')).mode & 0o777, 0o755)
  })
})
