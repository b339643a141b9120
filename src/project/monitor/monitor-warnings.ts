/** What a look should warn of: rows of the future, rows that came late, and rules that can never fire. */

import { pluralize } from '../../core/format-number.ts'
import type { MonitoredWindow } from '../../core/monitored-window.ts'
import { isOfInput } from '../../monitoring/watch/alert-condition.ts'
import type { RowsAhead } from '../../monitoring/watch/rows-ahead-store.ts'
import type { Monitoring } from '../parameters/monitor-parameters.ts'

/** Rows of moments that are yet to come, if there are any. */
export function warnOfRowsAhead(ahead: RowsAhead | undefined): readonly string[] {
  if (ahead === undefined) return []
  const { rows, last } = ahead
  const until = new Date(last).toISOString()
  return [
    `${rows} ${pluralize(rows, 'row')} of the log, up to ${until}, are of moments that are yet to come and count only then: look at the clocks of the servers and of this machine`,
  ]
}

/** Rows that came when their windows had been judged, if there are any. */
export function warnOfLateRows(
  rows: number,
  { size }: Pick<Monitoring, 'size'>,
): readonly string[] {
  if (rows === 0) return []
  const are = rows === 1 ? 'row has' : 'rows have'
  const mend =
    size.kind === 'time'
      ? "make 'settle' longer than rows take to get here"
      : "give 'window' as a time, and 'settle' longer than rows take to get here"
  return [
    `${rows} ${are} come to the log after the windows of their time were judged, and ${rows === 1 ? 'is' : 'are'} in none: in params.yaml, monitor, ${mend}`,
  ]
}

/** A rule about a segment or an input that there is not would never fire. */
export function warnOfRules(
  { alerts }: Monitoring,
  windows: readonly MonitoredWindow[],
): readonly string[] {
  if (windows.length === 0) return []
  const segments = new Set(
    windows.flatMap((window) =>
      [...window.segments, ...window.performance.segments].map(({ name }) => name),
    ),
  )
  const judged = windows.filter(({ state }) => state === 'judged')
  const inputs = new Set(judged.flatMap(({ columns }) => columns.map(({ name }) => name)))
  return alerts.flatMap(({ trigger, place }) => {
    if (trigger.kind !== 'condition') return []
    const { segment, condition } = trigger
    const column = isOfInput(condition) ? condition.column : undefined
    return [
      ...(segment !== undefined && !segments.has(segment)
        ? [`${place}: no window has enough rows of a segment '${segment}'`]
        : []),
      ...(column !== undefined && judged.length > 0 && !inputs.has(column)
        ? [`${place}: no window of the version that answered last has an input '${column}'`]
        : []),
    ]
  })
}
