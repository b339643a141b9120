import { spawn, type ChildProcess } from 'node:child_process'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { TrialEvaluation } from '../../training/tune/study.ts'
import { interruption } from './interruption.ts'
import type { WorkerAnswer, WorkerStart } from './tune-worker-process.ts'

/** Processes that evaluate trials; they end when it is disposed. */
export interface TuneWorkers extends Disposable {
  /** Evaluates in a process that has nothing to do, a new one when there is none. */
  evaluate(evaluation: TrialEvaluation): Promise<EvaluationResult>
}

/** The metric on each fold, or why there is none. */
export type EvaluationResult = { readonly scores: readonly number[] } | { readonly failure: string }

/**
 * Evaluates trials in processes of their own: one that crashes or runs out of memory takes none of
 * the others with it. A trial whose process dies is tried once more before it counts as failed.
 *
 * @param options.command - starts a worker: a program and its arguments
 * @param options.signal - ends all workers; what is being evaluated throws `INTERRUPTED`
 */
export function openTuneWorkers(options: {
  readonly command: readonly string[]
  readonly start: WorkerStart
  readonly signal: AbortSignal
}): TuneWorkers {
  const { command, start, signal } = options
  const all = new Set<ChildProcess>()
  const idle = new Set<ChildProcess>()
  const open = (): ChildProcess => {
    const worker = startWorker(command, start)
    all.add(worker)
    worker.once('exit', () => {
      all.delete(worker)
      idle.delete(worker)
    })
    return worker
  }
  const attempt = async (evaluation: TrialEvaluation): Promise<Said> => {
    if (signal.aborted) throw interruption(signal)
    const [waiting = open()] = idle
    idle.delete(waiting)
    const said = await ask(waiting, evaluation)
    if (signal.aborted) throw interruption(signal)
    if (!('death' in said)) idle.add(waiting)
    return said
  }
  const end = (): void => {
    for (const worker of all) worker.kill('SIGKILL')
  }
  signal.addEventListener('abort', end)
  return {
    evaluate: async (evaluation) => {
      const first = await attempt(evaluation)
      const said = 'death' in first ? await attempt(evaluation) : first
      if ('defect' in said) throw defectError(said.defect)
      return 'death' in said ? { failure: said.death } : said
    },
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', end)
      end()
    },
  }
}

function startWorker([program = '', ...args]: readonly string[], start: WorkerStart): ChildProcess {
  const worker = spawn(program, args, {
    cwd: start.directory,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  // What cannot be sent or started ends the worker, which whoever waits for an answer is told.
  worker.on('error', () => worker.kill('SIGKILL'))
  worker.send(start)
  return worker
}

/** An answer, or how the process ended instead. */
type Said = WorkerAnswer | { readonly death: string }

async function ask(worker: ChildProcess, evaluation: TrialEvaluation): Promise<Said> {
  return new Promise((resolve) => {
    const onMessage = (message: unknown): void => {
      worker.off('exit', onExit)
      resolve(isAnswer(message) ? message : { defect: 'a worker said what no worker says' })
    }
    const onExit = (code: number | null, signal: string | null): void => {
      worker.off('message', onMessage)
      resolve({ death: `its process ended by ${signal ?? `exit code ${code}`}` })
    }
    worker.once('message', onMessage).once('exit', onExit)
    worker.send(evaluation)
  })
}

function isAnswer(message: unknown): message is WorkerAnswer {
  return isObject(message) && ('scores' in message || 'failure' in message || 'defect' in message)
}

function defectError(said: string): ToolkitError {
  const [first = '', ...more] = said.split('\n')
  return new ToolkitError('TRAINING_INVALID', `no trial can run: ${first}`, {
    hint: more.join(' ').trim() || 'see whether mlpt train does',
  })
}
