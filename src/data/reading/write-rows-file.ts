/** Writes rows of another program's file as JSON lines, from where they are loaded like any others. */

import { mkdtempDisposable, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary file with one object a row, deleted when disposed. */
export interface WrittenRows extends AsyncDisposable {
  readonly path: string
  /** Of the columns with values of bytes, how many they have. */
  readonly bytesCounts: ReadonlyMap<string, number>
}

const chunkLength = 2 ** 20

/**
 * Writes rows one after the other, in bounded memory.
 *
 * @param rows - lists of values in the order of `names`: text, boolean, null, bigint for integers, number for
 *   decimals, bytes, which become hexadecimal text
 */
export async function writeRowsAsJson(
  names: readonly string[],
  rows: Iterable<unknown>,
): Promise<WrittenRows> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'mlpt-rows-')))
  const path = join(folder.path, 'rows.jsonl')
  const keys = names.map((name) => JSON.stringify(name))
  const bytes = names.map(() => 0)
  await using file = await open(path, 'wx')
  let text = ''
  for (const row of rows) {
    if (!Array.isArray(row)) throw new TypeError('a row is no list of values')
    const cells = keys.map((key, i) => {
      if (row[i] instanceof Uint8Array) bytes[i]! += 1
      return `${key}:${toJson(row[i])}`
    })
    text += `{${cells.join(',')}}\n`
    if (text.length < chunkLength) continue
    await file.write(text)
    text = ''
  }
  await file.write(text)
  const counts = names.map((name, i) => [name, bytes[i]!] as const)
  const owned = stack.move()
  return {
    path,
    bytesCounts: new Map(counts.filter(([, count]) => count > 0)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function toJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return decimalText(value)
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed())
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('hex')}"`
  return JSON.stringify(value ?? null)
}

/** With a fraction, so that it is no integer: those come as bigint. DuckDB reads infinities in JSON. */
function decimalText(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 1e21) return String(value)
  return `${Object.is(value, -0) ? '-0' : value}.0`
}
