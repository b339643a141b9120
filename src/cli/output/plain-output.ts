/** Output that is no terminal, without Node's streams: with a pipe behind, they take 5 ms to load, a tenth of a short command. */

import { fstatSync, writeSync } from 'node:fs'
import { guardTerminal } from './guard-terminal.ts'

/** What is told of a stream, and what becomes of its errors. */
export interface PlainOutputOptions {
  readonly name: 'stdout' | 'stderr'
  /** Told of what could not be written; the work goes on. */
  readonly onError: (error: NodeJS.ErrnoException) => void
}

/**
 * Puts in the place of `process.stdout` or `process.stderr` an object that writes to a file, pipe or socket by itself, and is Node's
 * stream in all else: it is made when something else is asked of it. Elsewhere, on a terminal or on Windows, Node's stream stays.
 */
export function replaceOutput({ name, onError }: PlainOutputOptions): void {
  const own = Object.getOwnPropertyDescriptor(process, name)
  const open = (): NodeJS.WriteStream => {
    const stream = process[name]
    stream.on('error', onError)
    if (stream.isTTY) guardTerminal(stream)
    return stream
  }
  const descriptor = name === 'stdout' ? 1 : 2
  if (own?.get === undefined || !isPlain(descriptor)) return void open()
  let stream: NodeJS.WriteStream | undefined
  const streamOf = (): NodeJS.WriteStream => {
    if (stream === undefined) {
      Object.defineProperty(process, name, own)
      stream = open()
      Object.defineProperty(process, name, { ...own, get: () => output })
    }
    return stream
  }
  const output = createOutput(createWriter(descriptor, onError), streamOf)
  Object.defineProperty(process, name, { ...own, get: () => output })
}

function isPlain(descriptor: number): boolean {
  if (process.platform === 'win32') return false
  try {
    const stat = fstatSync(descriptor)
    return stat.isFile() || stat.isFIFO() || stat.isSocket()
  } catch {
    return false // It is closed.
  }
}

type Write = NodeJS.WriteStream['write']

function createOutput(write: Write, streamOf: () => NodeJS.WriteStream): NodeJS.WriteStream {
  const known: Record<PropertyKey, unknown> = {
    write,
    isTTY: undefined,
    columns: undefined,
    rows: undefined,
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is not known here is the stream's
  return new Proxy(known, {
    get: (_, key) => (Object.hasOwn(known, key) ? known[key] : memberOf(streamOf(), key)),
    has: (_, key) => Object.hasOwn(known, key) || key in streamOf(),
  }) as unknown as NodeJS.WriteStream
}

function memberOf(stream: NodeJS.WriteStream, key: PropertyKey): unknown {
  const member: unknown = Reflect.get(stream, key)
  return typeof member === 'function' ? member.bind(stream) : member
}

/** As Node's streams of files and pipes do: all of it before it returns, and what is written after nobody reads any more is gone. */
function createWriter(descriptor: number, onError: PlainOutputOptions['onError']): Write {
  let isBroken = false
  return (piece: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (!isBroken) {
      try {
        writeWhole(descriptor, typeof piece === 'string' ? Buffer.from(piece) : piece)
      } catch (error) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a system call
        const fault = error as NodeJS.ErrnoException
        isBroken = fault.code === 'EPIPE'
        onError(fault)
      }
    }
    const done = rest.at(-1)
    if (typeof done === 'function') process.nextTick(done)
    return true
  }
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at)
    } catch (error) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a system call
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      // Whoever made the pipe made it one that does not wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}
