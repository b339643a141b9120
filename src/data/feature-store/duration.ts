/** Lengths of time as people write them. */

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** '90d', '12h', '1d12h' in milliseconds; undefined when it is no length of time, or none longer than zero. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,9}[smhdw])+$/.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) {
    total += Number(count) * unitMs[unit!]!
  }
  return total > 0 && total <= Number.MAX_SAFE_INTEGER / 1000 ? total : undefined
}
