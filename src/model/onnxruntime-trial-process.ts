import { spawn } from 'node:child_process'
import { ToolkitError } from '../core/errors.ts'

/**
 * Loads a model into onnxruntime and scores one row of zeros and empty texts, in a process of its own that is thrown away: a file
 * can make the native library crash at load, or run for ever, and would take whoever opens it with it.
 *
 * @param model - `columns`: how many raw columns it takes
 * @param options - `runtime`: the file that `findOnnxRuntime` found; `limitMs`: how long it may take; `memoryBytes`: how
 *   much memory, by default 2 GiB and four times the model: it is copied on its way, and made ready
 * @throws {ToolkitError} `MODEL_INVALID` when it crashes, takes too long or too much, or cannot be loaded
 */
export async function tryModel(
  model: { readonly onnx: Uint8Array; readonly columns: number },
  options: { readonly runtime: string; readonly limitMs?: number; readonly memoryBytes?: number },
): Promise<void> {
  const { runtime, limitMs = 30_000, memoryBytes = 2 ** 31 + 4 * model.onnx.length } = options
  const limits = { limitMs, memoryBytes }
  const settings = JSON.stringify({ runtime, columns: model.columns, ...limits })
  const child = spawn(
    process.execPath,
    ['--eval', `(${String(scoreZeros)})(require, ${settings}, ${String(zerosOf)})`],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  // A child that is gone does not read on: what it ended with is told.
  child.stdin.on('error', () => undefined)
  child.stdin.end(model.onnx)
  const end = await new Promise<{ code: number | null; signal: string | null }>(
    (resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve({ code, signal }))
    },
  )
  if (end.code === 0) return
  throw new ToolkitError('MODEL_INVALID', describeEnd(end, said, limits), {
    hint: 'check the model with onnx.checker, or export it again',
  })
}

interface Limits {
  readonly limitMs: number
  readonly memoryBytes: number
}

/** What a child says that took too much memory. */
const tooMuch = 'memory'

function describeEnd(
  { code, signal }: { readonly code: number | null; readonly signal: string | null },
  said: string,
  { limitMs, memoryBytes }: Limits,
): string {
  if (signal === 'SIGKILL' && said === tooMuch) {
    return `onnxruntime takes more than ${Math.round(memoryBytes / 2 ** 20)} MiB for the model`
  }
  if (signal === 'SIGKILL') {
    return `onnxruntime does not answer: it was stopped after ${limitMs / 1000} s, or took all memory`
  }
  if (code === failed) return `onnxruntime cannot load the model: ${said}`
  return `onnxruntime crashes on the model: ${signal ?? `exit code ${code}`}`
}

/** Exit code of a child that says what is wrong; what crashes has another. */
const failed = 97

interface Metadata {
  readonly name: string
  readonly isTensor: boolean
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

/** What is used of onnxruntime-node, whose types are there only where it is installed. */
interface Runtime {
  readonly InferenceSession: {
    create(
      onnx: Uint8Array,
      options: Readonly<Record<string, number>>,
    ): Promise<{
      readonly inputMetadata: readonly Metadata[]
      readonly outputMetadata: readonly Metadata[]
      run(feeds: Readonly<Record<string, unknown>>, fetches: readonly string[]): Promise<unknown>
    }>
  }
  readonly Tensor: new (type: string, values: unknown, dimensions: readonly number[]) => unknown
}

/** Runs in the child, from its own text alone: it may use nothing of this file but types. */
async function scoreZeros(
  require: (name: string) => unknown,
  settings: Limits & { readonly runtime: string; readonly columns: number },
  createZeros: typeof zerosOf,
): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the modules of these names
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads')
  // This thread is not back before the model is; and who started the process may be gone.
  const stop = `const kill = () => process.kill(process.pid, 'SIGKILL')
    setTimeout(kill, ${settings.limitMs})
    setInterval(() => {
      if (process.memoryUsage.rss() <= ${settings.memoryBytes}) return
      require('node:fs').writeSync(1, 'memory')
      kill()
    }, 20)`
  new Worker(stop, { eval: true }).unref()
  try {
    const parts: Uint8Array[] = []
    for await (const part of process.stdin) parts.push(part)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the part of its interface that is used
    const { InferenceSession, Tensor } = require(settings.runtime) as Runtime
    const session = await InferenceSession.create(Buffer.concat(parts), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    })
    const inputs = session.inputMetadata
    // What is no tensor is not given either, and a library that cannot says so.
    const wanted = session.outputMetadata.flatMap(({ name, isTensor }) => (isTensor ? [name] : []))
    // Other inputs are refused by who opens the model.
    const feeds = inputs.map(({ name, type = '', shape = [] }) => {
      const dimensions = shape.map((size, i) => {
        if (typeof size === 'number' && size >= 0) return size
        return i === 0 ? 1 : settings.columns
      })
      const cells = dimensions.reduce((product, size) => product * size, 1)
      const values = createZeros(type, cells)
      return values === undefined
        ? undefined
        : ([name, new Tensor(type, values, dimensions)] as const)
    })
    const known = feeds.filter((feed) => feed !== undefined)
    const ran = session.run(known.length < feeds.length ? {} : Object.fromEntries(known), wanted)
    // A category that the model does not know is no fault of the model's: its example is scored later.
    const isFloat = inputs.every(({ type = '' }) => ['float32', 'float64'].includes(type))
    await (isFloat ? ran : ran.catch(() => undefined))
    process.exit(0)
  } catch (error) {
    process.stdout.write(error instanceof Error ? error.message : String(error), () =>
      process.exit(97),
    )
  }
}

/** As many cells of the type as a tensor takes, of zeros or empty texts; undefined for a type that no column fills. */
function zerosOf(type: string, cells: number): unknown {
  const arrays: Readonly<Record<string, new (length: number) => unknown>> = {
    float32: Float32Array,
    float64: Float64Array,
    int8: Int8Array,
    uint8: Uint8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
    uint32: Uint32Array,
    int64: BigInt64Array,
    uint64: BigUint64Array,
    bool: Uint8Array,
  }
  if (type === 'string') return Array.from({ length: cells }, () => '')
  const array = arrays[type]
  return array === undefined ? undefined : new array(cells)
}
