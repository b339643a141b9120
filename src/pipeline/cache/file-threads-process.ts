/** Threads that hash and copy files: MD5 keeps one processor busy, however many there are. */

import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { FilePack, FileTeam, LargeFile } from './file-team.ts'
import { later, type Later } from './later.ts'
import { readLargeFile } from './read-large-file.ts'
import { readPack } from './read-pack-file.ts'

const startKind = 'mlpt: files'

/** What a thread is asked for: one of the two. */
interface Message {
  readonly file?: LargeFile
  readonly pack?: FilePack
}

interface Task<Result> extends Message {
  read(signal: AbortSignal | undefined): Promise<Result>
  /** Where copies are made. */
  readonly targets: readonly (string | undefined)[]
}

/**
 * Reads one large file on this thread, and those that come meanwhile on others; many small ones on others first,
 * as they would block this one. A thread is started when there is something for it and none is idle.
 *
 * @param width - how many read at a time; as many as there are processors, where nobody says
 */
export function openFileThreads(width = availableParallelism()): FileTeam & Disposable {
  const threads = openThreads(width - 1)
  const waiting: (() => void)[] = []
  let isBusyHere = false
  const isFull = (): boolean => isBusyHere && !threads.areFree()
  const readHere = async <Result>(task: Task<Result>, signal?: AbortSignal): Promise<Result> => {
    isBusyHere = true
    try {
      return await task.read(signal)
    } finally {
      isBusyHere = false
    }
  }
  const read = async <Result>(
    task: Task<Result>,
    isThere: boolean,
    signal?: AbortSignal,
  ): Promise<Result> => {
    try {
      return await (isThere ? threads.read(task, signal) : readHere(task, signal))
    } finally {
      // One that has been told to end meanwhile takes no place.
      for (const wake of waiting.splice(0)) wake()
    }
  }
  const begin = async <Result>(
    task: Task<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Later<Result>> => {
    while (isFull()) await new Promise<void>((resolve) => waiting.push(resolve))
    signal?.throwIfAborted()
    const isThere = isBusyHere || (task.pack !== undefined && threads.areFree())
    return later(read(task, isThere, signal))
  }
  return {
    begin: (file, signal) =>
      begin(
        { file, targets: [file.target], read: (either) => readLargeFile(file, either) },
        signal,
      ),
    beginPack: (pack, signal) => {
      const targets = pack.files.map(({ target }) => target)
      return begin({ pack, targets, read: (either) => readPack(pack, either) }, signal)
    },
    [Symbol.dispose]: () => threads[Symbol.dispose](),
  }
}

interface Threads extends Disposable {
  areFree(): boolean
  /** @throws {ToolkitError} what the thread has thrown; or the signal's reason */
  read<Result>(task: Task<Result>, signal: AbortSignal | undefined): Promise<Result>
}

/** @param most - how many there are at a time */
function openThreads(most: number): Threads {
  const threads = new Set<Worker>()
  const idle: Worker[] = []
  const start = (): Worker => {
    const thread = new Worker(new URL(import.meta.url), { workerData: { kind: startKind } })
    threads.add(thread)
    return thread
  }
  const end = async (thread: Worker): Promise<void> => {
    threads.delete(thread)
    await thread.terminate()
  }
  return {
    areFree: () => idle.length > 0 || threads.size < most,
    read: async <Result>(task: Task<Result>, signal: AbortSignal | undefined): Promise<Result> => {
      const thread = idle.pop() ?? start()
      let answer: Answer<Result>
      try {
        answer = await ask(thread, task, signal)
      } catch {
        await end(thread)
        signal?.throwIfAborted()
        // One that cannot start, or died, leaves its files to this one.
        for (const target of task.targets) if (target !== undefined) rmSync(target, { force: true })
        return task.read(signal)
      }
      idle.push(thread)
      if ('result' in answer) return answer.result
      throw new ToolkitError(answer.code, answer.message, answer)
    },
    [Symbol.dispose]: () => {
      for (const thread of threads) void end(thread)
    },
  }
}

type Answer<Result> =
  | { readonly result: Result }
  | Pick<ToolkitError, 'code' | 'message' | 'hint' | 'details'>

/** @throws what keeps the thread from answering; `AbortError` when the signal comes first */
async function ask<Result>(
  thread: Worker,
  { file, pack }: Task<Result>,
  signal: AbortSignal | undefined,
): Promise<Answer<Result>> {
  const answered = new AbortController()
  const either = signal === undefined ? answered.signal : AbortSignal.any([answered.signal, signal])
  const ended = once(thread, 'exit', { signal: either }).then(() => {
    throw new Error('the thread ended')
  })
  thread.ref()
  try {
    thread.postMessage({ file, pack }, [])
    const [answer] = await Promise.race([once(thread, 'message', { signal: either }), ended])
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `answerTo` gives
    return answer as Answer<Result>
  } finally {
    answered.abort()
    // An idle one keeps no process alive.
    thread.unref()
  }
}

/** What a thread does. An error's class does not pass between threads. */
async function answerTo({ file, pack }: Message): Promise<Answer<unknown>> {
  try {
    return { result: file ? await readLargeFile(file) : pack && (await readPack(pack)) }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    const { code, message, hint, details } = error
    return { code, message, hint, details }
  }
}

if (!isMainThread && isObject(workerData) && workerData['kind'] === startKind) {
  parentPort?.on('message', (task: Message) => {
    void answerTo(task).then((answer) => parentPort?.postMessage(answer, []))
  })
}
