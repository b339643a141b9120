/** One JSON document on stdout; NaN and the infinities as texts, because JSON has no numbers for them. */
export function formatTrackingJson(value: unknown): string {
  return `${JSON.stringify(value, (_key, item: unknown) => toJsonNumber(item), 2)}\n`
}

/** As {@link formatTrackingJson} writes a value. */
export function toJsonNumber(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
