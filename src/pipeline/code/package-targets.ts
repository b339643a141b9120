/** What `exports` and `imports` of a `package.json` lead to. */

import { isObject } from '../../core/json.ts'

/** What Node takes by itself; what else there may be has to be asked for when it starts. */
const conditions = new Set(['node', 'import', 'require', 'module-sync', 'default'])

/**
 * The paths that a name stands for, relative to the package, the first that Node would try first.
 *
 * @param map - `exports` or `imports` as it stands there
 * @param name - `.`, `./sub` or `#name`
 */
export function packageTargets(map: unknown, name: string): readonly string[] {
  const entries = isSubpathMap(map) ? map : { '.': map }
  if (Object.hasOwn(entries, name)) return leavesOf(entries[name])
  const [best] = Object.keys(entries)
    .flatMap((key) => matchPattern(key, name) ?? [])
    .toSorted((a, b) => b.prefixLength - a.prefixLength)
  if (best === undefined) return []
  return leavesOf(entries[best.key]).map((target) => target.replaceAll('*', () => best.rest))
}

function isSubpathMap(map: unknown): map is Readonly<Record<string, unknown>> {
  return isObject(map) && Object.keys(map).every((key) => /^[.#]/.test(key))
}

/** How a pattern with one star matches a name; `undefined` when it does not. */
export function matchPattern(
  key: string,
  name: string,
): { readonly key: string; readonly rest: string; readonly prefixLength: number } | undefined {
  const [prefix = '', suffix, more] = key.split('*')
  if (suffix === undefined || more !== undefined) return undefined
  const isLong = name.length >= prefix.length + suffix.length
  if (!isLong || !name.startsWith(prefix) || !name.endsWith(suffix)) return undefined
  const rest = name.slice(prefix.length, name.length - suffix.length)
  return { key, rest, prefixLength: prefix.length }
}

function leavesOf(target: unknown): string[] {
  if (typeof target === 'string') return [target]
  if (typeof target !== 'object' || target === null) return []
  if (Array.isArray(target)) return target.flatMap(leavesOf)
  return Object.entries(target).flatMap(([condition, value]) =>
    conditions.has(condition) ? leavesOf(value) : [],
  )
}
