/** Which stages a run is about, and what flags change in its decisions. */

import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { RunOptions } from '../../src/pipeline/index.ts'
import { makeProject, outcomes, type Project } from './project.ts'

const files = {
  'dvc.yaml': `stages:
  one: {cmd: cp in one, deps: [in], outs: [one]}
  two: {cmd: cp one two, deps: [one], outs: [two]}
  side: {cmd: cp one side, deps: [one], outs: [side]}
  alone: {cmd: cp other alone, deps: [other], outs: [alone]}
  cut: {cmd: cp alone cut, deps: [alone], outs: [cut], frozen: true}
`,
  'sub/dvc.yaml': 'stages:\n  low: {cmd: cp ../two low, deps: [../two], outs: [low]}\n',
  in: 'in\n',
  other: 'other\n',
  cut: 'cut\n',
}

describe('a run is about', () => {
  const cases: readonly (readonly [string, Partial<RunOptions>, readonly string[]])[] = [
    [
      'all that hangs together',
      { targets: ['side'], pipeline: true },
      ['one', 'two', 'side', 'sub/dvc.yaml:low'],
    ],
    ['what a frozen stage is cut off from', { targets: ['alone'], pipeline: true }, ['alone']],
    [
      'what is below a stage, as far as none is frozen',
      { targets: ['alone'], downstream: true },
      ['alone'],
    ],
    ['a frozen stage alone', { targets: ['cut'], pipeline: true }, ['cut']],
    [
      'whole pipelines rather than single stages',
      { targets: ['two'], pipeline: true, singleItem: true },
      ['one', 'two', 'side', 'sub/dvc.yaml:low'],
    ],
    [
      'a folder with all it needs',
      { targets: ['sub'], recursive: true },
      ['one', 'two', 'sub/dvc.yaml:low'],
    ],
    ['a stage where a folder may be named', { targets: ['alone'], recursive: true }, ['alone']],
    ['what a pattern matches', { targets: ['[a-c]*'], glob: true }, ['alone', 'cut']],
    [
      'what a pattern matches in another file',
      { targets: ['sub/dvc.yaml:l?w'], glob: true, singleItem: true },
      ['sub/dvc.yaml:low'],
    ],
    [
      'a file where patterns may be named',
      { targets: ['sub/dvc.yaml'], glob: true, singleItem: true },
      ['sub/dvc.yaml:low'],
    ],
  ]
  for (const [name, options, expected] of cases) {
    test(name, async () => {
      using project = makeProject(files)
      const { stages } = await project.run({ dryRun: true, ...options })
      assert.deepEqual(stages.map((stage) => stage.name).toSorted(), expected.toSorted())
    })
  }

  test('nothing that no target names', async () => {
    using project = makeProject(files)
    for (const options of [
      { targets: ['x*'], glob: true },
      { targets: ['nowhere'], recursive: true },
      { targets: ['sub/dvc.yaml:x*'], glob: true },
      { targets: ['[a'], glob: true },
      { targets: ['nowhere'], pipeline: true },
    ]) {
      await assert.rejects(project.run(options), { code: 'PIPELINE_STAGE_UNKNOWN' })
    }
    assert.equal(existsSync(join(project.directory, 'one')), false)
  })
})

describe('with allowMissing', () => {
  const lose = (project: Project, ...paths: readonly string[]): void => {
    for (const path of ['.dvc/cache', ...paths]) {
      rmSync(join(project.directory, path), { recursive: true })
    }
  }

  test('nothing runs when only data is missing, and it is as up to date as before', async () => {
    using project = makeProject(files)
    await project.run()
    lose(project, 'in', 'one', 'two')
    assert.equal((await project.run({ allowMissing: true })).isUpToDate, true)
    assert.equal(existsSync(join(project.directory, 'two')), false)
    await assert.rejects(project.run(), { code: 'FILE_MISSING' })
  })

  test('a stage with a changed command needs its data', async () => {
    using project = makeProject(files)
    await project.run()
    lose(project, 'one')
    project.write({ 'dvc.yaml': files['dvc.yaml'].replace('cp one two', 'cp  one two') })
    await assert.rejects(project.run({ allowMissing: true }), { code: 'FILE_MISSING' })
    assert.equal(project.read('two'), 'in\n')
  })

  test('a changed stage runs, and what reads from it follows', async () => {
    using project = makeProject(files)
    await project.run()
    lose(project, 'one', 'two', 'side')
    project.write({ in: 'new\n' })
    const done = outcomes(await project.run({ allowMissing: true }))
    assert.deepEqual([done['one'], done['two'], done['side']], ['ran', 'ran', 'ran'])
    assert.equal(project.read('side'), 'new\n')
  })

  test('a stage that never ran is not taken for one whose data is missing', async () => {
    using project = makeProject(files)
    rmSync(join(project.directory, 'in'))
    await assert.rejects(project.run({ allowMissing: true }), { code: 'FILE_MISSING' })
  })

  test('a missing input that its stage has made anew meanwhile is a changed one', async () => {
    using project = makeProject(files)
    await project.run()
    project.write({ in: 'new\n' })
    await project.run({ targets: ['one'] })
    lose(project, 'one')
    await assert.rejects(project.run({ allowMissing: true, targets: ['two'] }), {
      code: 'FILE_MISSING',
    })
    const single = { allowMissing: true, singleItem: true, targets: ['two'] }
    assert.equal((await project.run(single)).isUpToDate, true)
  })
})

describe('with noCommit', () => {
  test('outputs are recorded, kept out of git, and not in the cache', async () => {
    using project = makeProject(files)
    await project.run({ noCommit: true })
    assert.equal(existsSync(join(project.directory, '.dvc/cache/files')), false)
    assert.match(project.read('dvc.lock'), /path: two/)
    assert.equal((await project.run({ noCommit: true })).isUpToDate, true)
    assert.equal(outcomes(await project.run())['one'], 'saved')
  })

  test('a failed stage leaves its old output', async () => {
    using project = makeProject(files)
    await project.run({ noCommit: true })
    project.write({ 'dvc.yaml': files['dvc.yaml'].replace('cp in one', 'echo half > one; false') })
    await assert.rejects(project.run({ noCommit: true }), { code: 'PIPELINE_STAGE_FAILED' })
    assert.equal(project.read('one'), 'in\n')
  })
})
