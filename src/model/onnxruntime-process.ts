import { once } from 'node:events'
import { createRequire } from 'node:module'
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import { ToolkitError } from '../core/errors.ts'

/** An input or output of a model as onnxruntime tells it. */
export interface TensorInfo {
  readonly name: string
  readonly isTensor: boolean
  /** 'float32', 'float64', 'int64', 'string', …; undefined for what is no tensor. */
  readonly type?: string
  /** A text is a dimension that is free. */
  readonly shape?: readonly (number | string)[]
}

/** What a session is fed with: a tensor by the name of an input. */
export interface Feed {
  readonly name: string
  /** As `TensorInfo` has it. */
  readonly type: string
  readonly values:
    | Float32Array
    | Float64Array
    | Int8Array
    | Uint8Array
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | BigInt64Array
    | BigUint64Array
    | readonly string[]
  readonly dimensions: readonly number[]
}

/** A model that onnxruntime has loaded. */
export interface RuntimeSession {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  /** @throws {ToolkitError} `MODEL_INVALID` when the model fails on what it is fed */
  run(feeds: readonly Feed[], output: string): Float32Array | Float64Array
}

/** @returns the file to load, or undefined when onnxruntime-node is not installed */
export function findOnnxRuntime(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('onnxruntime-node')
  } catch {
    return undefined // It is an optional peer dependency.
  }
}

/**
 * Loads a model into onnxruntime, on one thread, so that the same rows get the same bits. It answers
 * promises only, while a prediction is a plain function: the session lives in a worker, for whose answer
 * the caller's thread waits.
 *
 * @param runtime - the file that `findOnnxRuntime` found
 * @throws {ToolkitError} `MODEL_INVALID` when onnxruntime cannot load the model
 */
export async function openRuntimeSession(
  runtime: string,
  onnx: Uint8Array,
): Promise<RuntimeSession> {
  const { port1: port, port2: workerPort } = new MessageChannel()
  const signal = new Int32Array(new SharedArrayBuffer(8))
  const start: WorkerStart = { runtime, onnx, signal, port: workerPort }
  const worker = new Worker(`(${String(serveSession)})(require)`, {
    eval: true,
    workerData: start,
    transferList: [workerPort],
  })
  // A worker that cannot even start says so by 'error', on which `once` rejects.
  const [opened] = await Promise.race([readFirst(port), readError(worker)])
  // Neither keeps the process alive that has nothing else to do.
  worker.unref()
  port.unref()
  worker.once('exit', () => Atomics.store(signal, 1, 1))
  if ('error' in opened) throw failure('onnxruntime cannot load the model', opened.error)
  const run: RuntimeSession['run'] = (feeds, output) => {
    const seen = Atomics.load(signal, 0)
    if (Atomics.load(signal, 1) === 1) throw failure('onnxruntime has ended', 'it answers no more')
    port.postMessage({ feeds, output } satisfies Question)
    // A worker that ran out of memory is gone without a word.
    if (Atomics.wait(signal, 0, seen, longestRun) === 'timed-out') {
      // A late answer would be taken for that to the next question.
      Atomics.store(signal, 1, 1)
      void worker.terminate()
      throw failure('onnxruntime does not answer', `nothing within ${longestRun / 1000} s`)
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what serveSession sends
    const answer = receiveMessageOnPort(port)?.message as Answer
    if ('error' in answer) throw failure('onnxruntime cannot run the model', answer.error)
    return answer.values
  }
  abandoned.register(run, worker)
  return { ...opened, run }
}

/** Ends the workers of sessions that nobody has any more: a server goes through many models. */
const abandoned = new FinalizationRegistry<Worker>((worker) => void worker.terminate())

/** Milliseconds: more than any batch takes. */
const longestRun = 600_000

function failure(what: string, reason: string): ToolkitError {
  return new ToolkitError('MODEL_INVALID', `${what}: ${reason}`, {
    hint: 'check the model with onnx.checker, or export it again',
  })
}

async function readFirst(port: MessagePort): Promise<[Opened]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what serveSession sends
  return (await once(port, 'message')) as [Opened]
}

async function readError(worker: Worker): Promise<[{ readonly error: string }]> {
  const [error]: unknown[] = await once(worker, 'exit').catch((cause: unknown) => [cause])
  return [
    { error: error instanceof Error ? error.message : `it ended with exit code ${String(error)}` },
  ]
}

interface WorkerStart {
  readonly runtime: string
  readonly onnx: Uint8Array
  /** How many questions are answered; and 1 when no more will be. */
  readonly signal: Int32Array
  readonly port: MessagePort
}

type Opened =
  | { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] }
  | { readonly error: string }

interface Question {
  readonly feeds: readonly Feed[]
  readonly output: string
}

type Answer = { readonly values: Float32Array | Float64Array } | { readonly error: string }

/** What is used of onnxruntime-node, whose types are there only where it is installed. */
interface Runtime {
  readonly InferenceSession: {
    create(onnx: Uint8Array, options: Readonly<Record<string, number>>): Promise<Session>
  }
  readonly Tensor: new (type: string, values: unknown, dimensions: readonly number[]) => unknown
}

interface Session {
  readonly inputMetadata: readonly TensorInfo[]
  readonly outputMetadata: readonly TensorInfo[]
  run(
    feeds: Readonly<Record<string, unknown>>,
    fetches: readonly string[],
  ): Promise<Record<string, { readonly data: Float32Array | Float64Array }>>
}

/** Runs in the worker, from its own text alone: it may use nothing of this file but types. */
async function serveSession(require: (name: string) => unknown): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what openRuntimeSession hands over
  const { workerData } = require('node:worker_threads') as { workerData: WorkerStart }
  const { runtime, onnx, signal, port } = workerData
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- the worker has this function alone
  const describe = (error: unknown): { readonly error: string } => ({
    error: error instanceof Error ? error.message : String(error),
  })
  /** Counted only once it can be received: who sees the count has the answer. */
  const answer = (message: Answer): void => {
    port.postMessage(message)
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  }
  process.once('exit', () => {
    Atomics.store(signal, 1, 1)
    answer({ error: 'its thread ended' })
  })
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the part of its interface that is used
    const { InferenceSession, Tensor } = require(runtime) as Runtime
    const session = await InferenceSession.create(onnx, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      // What fails is told by whoever asked, not on stderr as often as clients like.
      logSeverityLevel: 4,
    })
    const run = async ({ feeds, output }: Question): Promise<void> => {
      const tensors = feeds.map(
        ({ name, type, values, dimensions }) =>
          [name, new Tensor(type, values, dimensions)] as const,
      )
      const results = await session.run(Object.fromEntries(tensors), [output])
      answer({ values: results[output]!.data })
    }
    port.on('message', (question: Question) => {
      run(question).catch((error: unknown) => answer(describe(error)))
    })
    port.postMessage({ inputs: session.inputMetadata, outputs: session.outputMetadata })
  } catch (error) {
    port.postMessage(describe(error))
  }
}
