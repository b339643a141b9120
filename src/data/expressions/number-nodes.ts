import { elementTypeCodes, type NodeBuilder } from '../../model/index.ts'

/** Nodes of doubles of shape [N, 1] or [1, 1], NaN where missing, never infinite; equal nodes are made once. */
export interface NumberNodes {
  number(value: number): string
  apply(operator: string, ...inputs: readonly string[]): string
  /** 0 or 1 of a truth value. */
  truth(value: string): string
  /** Infinity becomes missing. */
  finite(value: string): string
  /** Missing where the condition is. */
  wherePresent(condition: string, value: string): string
  /** Missing where either of two is. */
  whereBoth(left: string, right: string, value: string): string
  /** Another value where it is missing. */
  whereMissing(value: string, replacement: string): string
  /** By a condition of 0 and 1. */
  choose(condition: string, whenTrue: string, whenFalse: string): string
  /** The number of a text; `empty` for the empty one. */
  lookUpText(text: string, table: Table<string> & { readonly empty: number }): string
  lookUpNumber(code: string, table: Table<number>): string
}

interface Table<T> {
  readonly entries: readonly (readonly [key: T, number: number])[]
  readonly other: number
}

/** Collects nodes of numbers in a graph. */
export function createNumberNodes(plain: NodeBuilder): NumberNodes {
  const graph = shareNodes(plain)
  const number = (value: number): string =>
    graph.doubles([Number.isFinite(value) ? value : NaN], [1, 1])
  const apply = (operator: string, ...inputs: readonly string[]): string =>
    graph.apply(operator, inputs)
  const where = (condition: string, a: string, b: string): string => apply('Where', condition, a, b)
  const cast = (value: string, to: 'double' | 'int64' | 'bool'): string =>
    graph.apply('Cast', [value], { to: { kind: 'int', value: elementTypeCodes[to] } })
  const pick = (numbers: readonly number[], index: string): string =>
    graph.apply('Gather', [graph.doubles(numbers, [numbers.length]), index])
  return {
    number,
    apply,
    truth: (value) => cast(value, 'double'),
    finite: (value) => where(apply('IsInf', value), number(NaN), value),
    wherePresent: (condition, value) => where(apply('IsNaN', condition), number(NaN), value),
    // The sum of two that are finite is never NaN.
    whereBoth: (left, right, value) =>
      where(apply('IsNaN', apply('Add', left, right)), number(NaN), value),
    whereMissing: (value, replacement) => where(apply('IsNaN', value), replacement, value),
    choose: (condition, whenTrue, whenFalse) => where(cast(condition, 'bool'), whenTrue, whenFalse),
    lookUpText: (text, { entries, other, empty }) => {
      const numbers = new Map<string, number>([...entries, ['', empty]])
      const index = graph.applyMl('LabelEncoder', [text], {
        keys_strings: { kind: 'texts', values: [...numbers.keys()] },
        values_int64s: { kind: 'ints', values: [...numbers.keys()].map((_, i) => i + 1) },
        default_int64: { kind: 'int', value: 0 },
      })
      return pick([other, ...numbers.values()].map(finiteOrMissing), index)
    },
    lookUpNumber: (code, { entries, other }) => {
      const numbers = new Map(entries)
      const codes = [...numbers.keys()].filter(Number.isFinite)
      if (codes.length === 0) return number(other)
      // The place among the codes, from 1, or 0 for none: at most one of them is equal.
      const isCode = cast(apply('Equal', code, graph.doubles(codes, [1, codes.length])), 'double')
      const places = graph.doubles(
        codes.map((_, i) => i + 1),
        [codes.length, 1],
      )
      const index = cast(apply('Gemm', isCode, places), 'int64')
      return pick([other, ...codes.map((key) => numbers.get(key)!)].map(finiteOrMissing), index)
    },
  }
}

function finiteOrMissing(value: number): number {
  return Number.isFinite(value) ? value : NaN
}

/** A builder that makes equal nodes and constants once. */
function shareNodes(graph: NodeBuilder): NodeBuilder {
  const known = new Map<string, string>()
  const share = (make: () => string, ...identity: readonly unknown[]): string => {
    // JSON makes null of NaN and 0 of -0: both are one here.
    const key = JSON.stringify(identity)
    const found = known.get(key) ?? make()
    known.set(key, found)
    return found
  }
  return {
    floats: (values, dimensions) =>
      share(() => graph.floats(values, dimensions), 'floats', values, dimensions),
    doubles: (values, dimensions) =>
      share(() => graph.doubles(values, dimensions), 'doubles', values, dimensions),
    integers: (values, dimensions) =>
      share(() => graph.integers(values, dimensions), 'integers', values, dimensions),
    apply: (operator, inputs, attributes) =>
      share(() => graph.apply(operator, inputs, attributes), operator, inputs, attributes),
    applyMl: (operator, inputs, attributes) =>
      share(() => graph.applyMl(operator, inputs, attributes), operator, inputs, attributes),
  }
}
