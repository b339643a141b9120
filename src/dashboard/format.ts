/** Values as the page writes them. */

/** Four digits behind the point at most, more for small numbers; exact integers as they are. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value))
    return Math.abs(value) < 1e15 ? String(value) : value.toExponential(3)
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-3) return value.toExponential(3)
  return value.toFixed(size >= 100 ? 2 : 4)
}

/** Date and time in the reader's zone; '–' for none. */
export function formatTime(time: number): string {
  if (time <= 0) return '–'
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(
    time,
  )
}

/** How long a run took: '850 ms', '61 s', '12 min', '3.4 h'. */
export function formatDuration(startTime: number, endTime: number | undefined): string {
  if (endTime === undefined) return '–'
  const milliseconds = endTime - startTime
  if (milliseconds < 1000) return `${milliseconds} ms`
  const seconds = milliseconds / 1000
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** What a line about a run says of its duration; nothing of one that still runs. */
export function formatTook({
  startTime,
  endTime,
}: {
  readonly startTime: number
  readonly endTime?: number | undefined
}): string {
  return endTime === undefined ? '' : `, took ${formatDuration(startTime, endTime)}`
}

export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`
  if (sizeBytes < 1e6) return `${(sizeBytes / 1000).toFixed(1)} kB`
  return sizeBytes < 1e9
    ? `${(sizeBytes / 1e6).toFixed(1)} MB`
    : `${(sizeBytes / 1e9).toFixed(1)} GB`
}
