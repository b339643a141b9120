import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { loadParameters, loadProject } from '../../src/project/project-file.ts'
import { train } from '../../src/project/train.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { makeTuneFolder, withTuneSection } from './tune/tune-folder.ts'

test('a training that fails says why, also when the tracker cannot be told', async () => {
  using folder = await makeTuneFolder(withTuneSection(''))
  const { directory } = folder
  await using store = await openTrackingStore({ directory: join(directory, '.mlpt') })
  const full = new ToolkitError('FILE_WRITE_FAILED', 'the disk is full')
  const lines: string[] = []
  let time = 0
  const context = {
    directory,
    project: await loadProject(directory),
    parameters: await loadParameters(directory),
    log: (line: string) => void lines.push(line),
    tracking: {
      ...store,
      logArtifacts: async () => {
        throw full
      },
      endRun: async () => {
        throw new ToolkitError('TRACKING_SERVER_FAILED', 'nobody there')
      },
    },
    now: () => ++time,
    gitCommit: undefined,
    userId: 'tester',
    lockSha256: undefined,
    host: 'here',
    processId: process.pid,
    isAlive: () => false,
  }
  await assert.rejects(train(context, 'logistic'), full)
  assert.equal(lines.at(-1), 'warning: the tracker was not told that it failed: nobody there')
})
