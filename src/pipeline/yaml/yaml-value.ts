/**
 * A single value of a YAML file, as DVC reads it: an integer is a bigint of any size and
 * a float is a number, so that `1` and `1.0` stay two different texts.
 */
export type YamlScalar = null | boolean | bigint | number | string
/** A sequence of values. */
export type YamlList = readonly YamlValue[]
/** Values by key, in the order of the file. */
export type YamlMap = ReadonlyMap<YamlScalar, YamlValue>
/** Any value; the same object twice is an anchor and its alias. */
export type YamlValue = YamlScalar | YamlList | YamlMap

/** Whether a value is a map. */
export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return value instanceof Map
}

/** Whether a value is a list. */
export function isYamlList(value: YamlValue | undefined): value is YamlList {
  return Array.isArray(value)
}

/**
 * Whether two values are equal in Python's sense, which decides whether DVC runs
 * a stage again: `1 == 1.0 == true`, the order of keys does not count, the order
 * of a list does, and NaN equals nothing.
 */
export function areYamlValuesEqual(a: YamlValue, b: YamlValue): boolean {
  if (isYamlMap(a)) return isYamlMap(b) && areMapsEqual(a, b)
  if (isYamlList(a)) return isYamlList(b) && areListsEqual(a, b)
  if (isYamlMap(b) || isYamlList(b)) return false
  return areScalarsEqual(a, b)
}

function areMapsEqual(a: YamlMap, b: YamlMap): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !areYamlValuesEqual(value, other)) return false
  }
  return true
}

function areListsEqual(a: YamlList, b: YamlList): boolean {
  return a.length === b.length && a.every((value, i) => areYamlValuesEqual(value, b[i]!))
}

function areScalarsEqual(a: YamlScalar, b: YamlScalar): boolean {
  const left = toNumber(a)
  const right = toNumber(b)
  // Loose on purpose: it compares a bigint and a float by their exact value, as Python does.
  // oxlint-disable-next-line eqeqeq
  return left !== undefined && right !== undefined ? left == right : a === b
}

/** The number that Python sees in a scalar, to which `true` is 1. */
export function toNumber(value: YamlScalar): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined
}

/**
 * What a key is told from other keys by. As in Python, `1`, `1.0` and `true` are one key,
 * `1` and `'1'` are two, and NaN is a new one each time.
 */
export function keyIdentity(key: YamlScalar): unknown {
  if (Number.isNaN(key)) return Symbol('NaN')
  if (typeof key === 'boolean') return key ? 1n : 0n
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key
}

/** The value as one short line for messages. */
export function describeYamlValue(value: YamlValue | undefined): string {
  if (value === undefined) return 'nothing'
  if (isYamlMap(value)) {
    return `{${Array.from(value, ([key, item]) => `${String(key)}: ${describeYamlValue(item)}`).join(', ')}}`
  }
  if (isYamlList(value)) return `[${value.map(describeYamlValue).join(', ')}]`
  if (typeof value === 'number') return formatFloat(value)
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** The kind of value in the words of a message: 'a list', 'an integer'. */
export function describeYamlKind(value: YamlValue): string {
  if (isYamlMap(value)) return 'a map'
  if (isYamlList(value)) return 'a list'
  if (value === null) return 'nothing'
  return scalarKinds[typeof value] ?? 'a value'
}

const scalarKinds: Readonly<Record<string, string>> = {
  bigint: 'an integer',
  boolean: 'a boolean',
  number: 'a float',
  string: 'a text',
}

/**
 * A float as Python's `repr` writes it, but `.inf` and `.nan` as YAML: the
 * shortest digits that read back the same, an exponent below 1e-4 and from 1e16 on.
 */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const sign = value < 0 ? '-' : ''
  const [mantissa = '', exponentText = ''] = Math.abs(value).toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`
  }
  return sign + placePoint(mantissa.replace('.', ''), exponent)
}

function placePoint(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${whole}.${digits.slice(exponent + 1) || '0'}`
}
