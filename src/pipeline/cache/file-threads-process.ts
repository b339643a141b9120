/** Threads that hash and copy large files: MD5 keeps one processor busy, however many there are. */

import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { FileHash, FileTeam, LargeFile } from './hash-file.ts'
import { later } from './later.ts'
import { readLargeFile } from './read-large-file.ts'

const startKind = 'mlpt: large files'

/**
 * Reads one file on this thread, and those that come meanwhile on others. A thread is started when there is a
 * file for it and none is idle.
 *
 * @param width - how many files are read at a time; as many as there are processors, where nobody says
 */
export function openFileThreads(width = availableParallelism()): FileTeam & Disposable {
  const threads = new Set<Worker>()
  const idle: Worker[] = []
  const waiting: (() => void)[] = []
  let isBusyHere = false
  const isFull = (): boolean => isBusyHere && idle.length === 0 && threads.size >= width - 1
  const start = (): Worker => {
    const thread = new Worker(new URL(import.meta.url), { workerData: { kind: startKind } })
    threads.add(thread)
    return thread
  }
  const end = async (thread: Worker): Promise<void> => {
    threads.delete(thread)
    await thread.terminate()
  }
  const readThere = async (file: LargeFile, signal?: AbortSignal): Promise<FileHash> => {
    const thread = idle.pop() ?? start()
    let answer: Answer
    try {
      answer = await ask(thread, file, signal)
    } catch {
      await end(thread)
      signal?.throwIfAborted()
      // One that cannot start, or died, leaves its file to this one.
      if (file.target !== undefined) rmSync(file.target, { force: true })
      return readLargeFile(file, signal)
    }
    idle.push(thread)
    if ('hashed' in answer) return answer.hashed
    throw new ToolkitError(answer.code, answer.message, answer)
  }
  const readHere = async (file: LargeFile, signal?: AbortSignal): Promise<FileHash> => {
    isBusyHere = true
    try {
      return await readLargeFile(file, signal)
    } finally {
      isBusyHere = false
    }
  }
  const read = async (file: LargeFile, signal?: AbortSignal): Promise<FileHash> => {
    try {
      return await (isBusyHere ? readThere(file, signal) : readHere(file, signal))
    } finally {
      // One that has been told to end meanwhile takes no place.
      for (const wake of waiting.splice(0)) wake()
    }
  }
  return {
    begin: async (file, signal) => {
      while (isFull()) await new Promise<void>((resolve) => waiting.push(resolve))
      signal?.throwIfAborted()
      return later(read(file, signal))
    },
    [Symbol.dispose]: () => {
      for (const thread of threads) void end(thread)
    },
  }
}

type Answer =
  | { readonly hashed: FileHash }
  | Pick<ToolkitError, 'code' | 'message' | 'hint' | 'details'>

/** @throws what keeps the thread from answering; `AbortError` when the signal comes first */
async function ask(
  thread: Worker,
  file: LargeFile,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const answered = new AbortController()
  const either = signal === undefined ? answered.signal : AbortSignal.any([answered.signal, signal])
  const ended = once(thread, 'exit', { signal: either }).then(() => {
    throw new Error('the thread ended')
  })
  thread.ref()
  try {
    thread.postMessage(file, [])
    const [answer] = await Promise.race([once(thread, 'message', { signal: either }), ended])
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `answerTo` gives
    return answer as Answer
  } finally {
    answered.abort()
    // An idle one keeps no process alive.
    thread.unref()
  }
}

/** What a thread does with a file. An error's class does not pass between threads. */
async function answerTo(file: LargeFile): Promise<Answer> {
  try {
    return { hashed: await readLargeFile(file) }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    const { code, message, hint, details } = error
    return { code, message, hint, details }
  }
}

if (!isMainThread && isObject(workerData) && workerData['kind'] === startKind) {
  parentPort?.on('message', (file: LargeFile) => {
    void answerTo(file).then((answer) => parentPort?.postMessage(answer, []))
  })
}
