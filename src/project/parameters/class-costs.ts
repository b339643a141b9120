/** What wrong calls of classes cost: `evaluate.costs` of params.yaml. */

import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { ClassCosts } from '../../training/metrics/index.ts'
import type { NamedClassCosts } from '../../training/promotion-policy.ts'

const largestCost = 1e9
/** Of a wrong call that is not named, where any is. */
const otherCost = 1

/**
 * Reads `evaluate.costs` of params.yaml: by class that is so, by class that is called.
 *
 * @param at - file and line of a path
 */
export function parseClassCosts(
  value: unknown,
  at: (path: readonly string[]) => string,
): { readonly costs: NamedClassCosts; readonly problems: readonly string[] } {
  const path = ['evaluate', 'costs']
  const expected = 'what calling it another costs, by that class'
  if (!isObject(value))
    return { costs: {}, problems: [wrong(path, value, `for each class ${expected}`)] }
  const costs: Record<string, Readonly<Record<string, number>>> = {}
  const problems: string[] = []
  for (const [so, row] of Object.entries(value)) {
    const own: Record<string, number> = {}
    if (!isObject(row)) problems.push(wrong([...path, so], row, expected))
    for (const [called, cost] of Object.entries(isObject(row) ? row : {})) {
      if (typeof cost === 'number' && cost >= 0 && cost <= largestCost) own[called] = cost
      else problems.push(wrong([...path, so, called], cost, `a number from 0 to ${largestCost}`))
    }
    costs[so] = own
  }
  return { costs, problems }

  function wrong(full: readonly string[], found: unknown, what: string): string {
    return `${at(full)}: '${full.join('.')}' is ${JSON.stringify(found)}, expected ${what}`
  }
}

interface Problem {
  readonly path: string
  readonly what: string
  readonly hint: string
}

/** Whether any cost is named. */
export function hasClassCosts(costs: NamedClassCosts): boolean {
  return Object.keys(costs).length > 0
}

/** What of costs does not fit the classes of a project, or any other target. */
export function findClassCostProblems(costs: NamedClassCosts, output: ModelOutput): Problem[] {
  if (!hasClassCosts(costs)) return []
  const path = 'evaluate.costs'
  if (output.kind !== 'classes') {
    const hint =
      output.kind === 'value'
        ? "leave 'costs' out: they are of classes"
        : "take 'false_positive_cost' and 'false_negative_cost': 'costs' is of classes"
    return [{ path, what: 'given', hint }]
  }
  const names = output.classes.map(String)
  const problems = Object.entries(costs).flatMap(([so, row]) => [
    ...unknownClass(so, `${path}.${so}`, names),
    ...Object.entries(row).flatMap(([called, cost]) => {
      const own = `${path}.${so}.${called}`
      if (called !== so) return unknownClass(called, own, names)
      return cost === 0
        ? []
        : [{ path: own, what: String(cost), hint: 'a right call costs nothing' }]
    }),
  ])
  const isFree = classCostsOf(costs, output)!
    .flat()
    .every((cost) => cost === 0)
  if (isFree) problems.push({ path, what: '0 throughout', hint: 'name what costs something' })
  return problems
}

function unknownClass(name: string, path: string, names: readonly string[]): Problem[] {
  if (names.includes(name)) return []
  return [{ path, what: 'no class of the target', hint: nameHint(name, names, 'classes') }]
}

/** The costs as a table in the order of the classes; undefined where there are none. */
export function classCostsOf(costs: NamedClassCosts, output: ModelOutput): ClassCosts | undefined {
  if (output.kind !== 'classes' || !hasClassCosts(costs)) return undefined
  const names = output.classes.map(String)
  return names.map((so) => {
    const row = Object.hasOwn(costs, so) ? costs[so]! : {}
    return names.map((called) => {
      if (called === so) return 0
      return Object.hasOwn(row, called) ? row[called]! : otherCost
    })
  })
}

/** The costs by name, each wrong call told. */
export function completeClassCosts(costs: NamedClassCosts, output: ModelOutput): NamedClassCosts {
  const table = classCostsOf(costs, output)
  if (table === undefined || output.kind !== 'classes') return {}
  const names = output.classes.map(String)
  const rows = names.map((so, i) => {
    const row = names.map((called, j) => [called, table[i]![j]!] as const)
    return [so, Object.fromEntries(row.filter(([called]) => called !== so))] as const
  })
  return Object.fromEntries(rows)
}
