/** Spans of time as params.yaml writes them. */

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The expected form, for messages. */
export const timeSpanForm = "a time such as '30m', '12h' or '7d'"

/** `90s`, `30m`, `12h`, `7d` as milliseconds; `undefined` for anything else. */
export function parseTimeSpan(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text.trim()) ?? []
  if (count === undefined || !isUnit(unit)) return undefined
  return Number(count) * units[unit]
}

function isUnit(unit: string | undefined): unit is keyof typeof units {
  return unit !== undefined && Object.hasOwn(units, unit)
}

/** The shortest form that {@link parseTimeSpan} reads back. */
export function formatTimeSpan(spanMs: number): string {
  const fitting = (['d', 'h', 'm'] as const).find((unit) => spanMs % units[unit] === 0) ?? 's'
  return `${spanMs / units[fitting]}${fitting}`
}
