/** The usual row of a request, read straight from its bytes: no text, no object and no names are made of it. */

import { encodeInput } from '../../core/input-field.ts'
import type { Column } from '../served-model.ts'

/**
 * The numbers of a body that is one object of all the model's columns, in their order, each a number in plain decimals
 * that its field admits. Any other body gives `undefined`, right or wrong: the general way, `parseJson` and `decodeRows`, reads all of
 * them, and of the usual ones the same numbers.
 *
 * @returns shape [columns]; good until the next row is read
 */
export function scanRow(bytes: Uint8Array, columns: readonly Column[]): Float32Array | undefined {
  const plan = planOf(columns)
  // Its numbers have to be kept as they were sent, too.
  if (plan.takesDoubles) return undefined
  if (!scanMembers(bytes, plan)) return undefined
  const { numbers, values } = plan
  for (let c = 0; c < columns.length; c++) {
    const admitted = encodeInput(columns[c]!.field, numbers[c])
    if (admitted === undefined) return undefined
    values[c] = admitted
  }
  return values
}

interface RowPlan {
  /** As members of JSON, in UTF-8. */
  readonly names: readonly Uint8Array[]
  /** As they were sent. */
  readonly numbers: Float64Array
  /** As the model takes them. */
  readonly values: Float32Array
  readonly takesDoubles: boolean
}

const plans = new WeakMap<readonly Column[], RowPlan>()

/** Made once: more than sixteen numbers would be taken from the system for each request, and given back. */
function planOf(columns: readonly Column[]): RowPlan {
  let plan = plans.get(columns)
  if (plan === undefined) {
    plan = {
      names: columns.map(({ name }) => Buffer.from(JSON.stringify(name))),
      numbers: new Float64Array(columns.length),
      values: new Float32Array(columns.length),
      takesDoubles: columns.some(({ takesDoubles }) => takesDoubles === true),
    }
    plans.set(columns, plan)
  }
  return plan
}

/** Whether the bytes are the object that the plan expects; then its numbers stand in the plan. */
function scanMembers(bytes: Uint8Array, { names, numbers }: RowPlan): boolean {
  let at = skipSpace(bytes, 0)
  for (let c = 0; c < names.length; c++) {
    if (bytes[at] !== (c === 0 ? openBrace : comma)) return false
    at = skipName(bytes, skipSpace(bytes, at + 1), names[c]!)
    if (at === nowhere) return false
    at = skipSpace(bytes, at)
    if (bytes[at] !== colon) return false
    at = scanNumber(bytes, skipSpace(bytes, at + 1), numbers, c)
    if (at === nowhere) return false
    at = skipSpace(bytes, at)
  }
  return bytes[at] === closeBrace && skipSpace(bytes, at + 1) === bytes.length
}

const [openBrace, closeBrace, comma, colon] = [0x7b, 0x7d, 0x2c, 0x3a]
const [minus, point, zero] = [0x2d, 0x2e, 0x30]
/** In place of a position: what was to stand there does not. */
const nowhere = -1

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return at
}

function skipName(bytes: Uint8Array, from: number, name: Uint8Array): number {
  for (let i = 0; i < name.length; i++) {
    if (bytes[from + i] !== name[i]) return nowhere
  }
  return from + name.length
}

/** So many digits are a whole number that a double has, as it has the powers of ten: their quotient is what `JSON.parse` gives. */
const mostDigits = 15
const powers = Float64Array.from({ length: mostDigits + 1 }, (_, power) => Number(`1e${power}`))

/**
 * Reads a number without an exponent.
 *
 * @param into - has it at `place`
 * @returns where it ends
 */
function scanNumber(bytes: Uint8Array, from: number, into: Float64Array, place: number): number {
  const isNegative = bytes[from] === minus
  const first = isNegative ? from + 1 : from
  let digits = 0
  let at = first
  for (; isDigit(bytes[at]!); at++) digits = 10 * digits + bytes[at]! - zero
  const count = at - first
  // JSON has neither .5 nor 05.
  if (count === 0 || (count > 1 && bytes[first] === zero)) return nowhere
  let decimals = 0
  if (bytes[at] === point) {
    for (at++; isDigit(bytes[at]!); at++, decimals++) digits = 10 * digits + bytes[at]! - zero
    if (decimals === 0) return nowhere
  }
  if (count + decimals > mostDigits) return nowhere
  const magnitude = digits / powers[decimals]!
  into[place] = isNegative ? -magnitude : magnitude
  return at
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= zero + 9
}
