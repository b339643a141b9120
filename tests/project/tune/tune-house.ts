/** A project and a tracker in which `tune` runs with workers that only pretend. */

import { join } from 'node:path'
import type { Run, Tracking } from '../../../src/core/tracking.ts'
import { loadParameters, loadProject } from '../../../src/project/project-file.ts'
import type { TrackedContext } from '../../../src/project/step.ts'
import type { TuneResult } from '../../../src/project/tune/tune-result.ts'
import { tune } from '../../../src/project/tune/tune.ts'
import { openTrackingStore } from '../../../src/tracking/index.ts'
import type { Folder } from '../../pipeline/folder.ts'
import { makeTuneFolder, parametersText } from './tune-folder.ts'

/** Twelve random trials by the learning rate alone. */
export const randomSection = `
metric: log_loss
trials: 12
method: random
space:
  learning_rate: {uniform: [0.1, 0.9]}
`
/** Answers each trial by its learning rate, on two folds. */
const worker = (failsAbove: number, diesAbove: number): string => `
  process.on('message', ({ values }) => {
    if (values === undefined) return
    const rate = Number(values.learning_rate)
    if (rate > ${diesAbove}) process.kill(process.pid, 'SIGKILL')
    else if (rate > ${failsAbove} || ${failsAbove} === 0) process.send({ failure: 'the rate is too large' })
    else process.send({ scores: [Math.abs(rate - 0.5) + 1, Math.abs(rate - 0.5) + 3] })
  })
  process.on('disconnect', () => process.exit())
`

export interface Behaviour {
  readonly failsAbove?: number
  readonly diesAbove?: number
  /** Interrupts after so many trials. */
  readonly stopAfter?: number
  readonly controller?: AbortController
  readonly isAlive?: boolean
}

export interface House extends AsyncDisposable {
  readonly folder: Folder
  readonly tracking: Tracking
  /** What was evaluated, as the log says it. */
  readonly asked: string[]
  tune(behaviour?: Behaviour): Promise<TuneResult>
  /** The newest study. */
  runs(): Promise<{ readonly parent: Run | undefined; readonly children: readonly Run[] }>
}

/** @param given - a tracker that somebody else opens and closes */
export async function openHouse(text: string, given?: Tracking): Promise<House> {
  const folder = await makeTuneFolder(parametersText(text))
  const tracking =
    given ?? (await openTrackingStore({ directory: join(folder.directory, '.mlpt') }))
  const asked: string[] = []
  let time = 0
  const runTune = async (behaviour: Behaviour = {}): Promise<TuneResult> => {
    const { failsAbove = 9, diesAbove = 9, stopAfter = Infinity } = behaviour
    const controller = behaviour.controller ?? new AbortController()
    const context: TrackedContext = {
      directory: folder.directory,
      project: await loadProject(folder.directory),
      parameters: await loadParameters(folder.directory),
      log: (line) => {
        const [, name] = /^(trial \d+|as it is).*: /.exec(line) ?? []
        if (name !== undefined) asked.push(name)
        if (asked.length >= stopAfter) controller.abort()
      },
      tracking,
      now: () => ++time,
      gitCommit: undefined,
      userId: 'tester',
      lockSha256: undefined,
      host: 'here',
      processId: process.pid,
      isAlive: () => behaviour.isAlive ?? false,
    }
    return tune(context, 'boosting', {
      jobs: 2,
      workerCommand: [process.execPath, '-e', worker(failsAbove, diesAbove)],
      signal: controller.signal,
    })
  }
  return {
    folder,
    tracking,
    asked,
    tune: runTune,
    runs: async () => {
      const runs = await tracking.findRuns('loans', { 'mlpt.tune.model': 'boosting' })
      const parent = runs.find(({ tags }) => tags['mlpt.tune.study'] !== undefined)
      const children = await tracking.findRuns('loans', {
        'mlflow.parentRunId': parent?.runId ?? '',
      })
      return { parent, children }
    },
    [Symbol.asyncDispose]: async () => {
      if (given === undefined) await tracking[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}
