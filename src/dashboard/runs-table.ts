import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { Run } from '../core/tracking.ts'
import { formatDuration, formatNumber, formatTime } from './format.ts'
import { measureRun, type Measured } from './measured.ts'
import { nestRuns, type NestedRun } from './nest-runs.ts'
import { formatPlace, type RunsPlace, type Sort } from './place.ts'
import { sortRuns } from './sort-runs.ts'
import { WideTable } from './wide-table.ts'

interface Props {
  readonly place: RunsPlace
  readonly runs: readonly Run[]
  readonly params: readonly string[]
  readonly metrics: readonly string[]
}

/** One row per run; a click on a column's name sorts by it. What is sorted and ticked stands in the link. */
export function RunsTable({ place, runs, params, metrics }: Props): VNode {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const sorted = place.sort === undefined ? runs : sortRuns(runs, place.sort)
  const toggle = (runId: string): void => {
    setOpen(
      open.has(runId)
        ? new Set([...open].filter((id) => id !== runId))
        : open.union(new Set([runId])),
    )
  }
  const column = (name: string, title: string, isNumber = false): VNode =>
    html`<${SortableHead} place=${place} column=${name} title=${title} isNumber=${isNumber} />`
  return html`
    <${WideTable}
      label="Runs"
      kind="runs"
      head=${html`<tr class="groups">
          <td colspan="5"></td>
          ${metrics.length > 0 && html`<th scope="colgroup" colspan=${metrics.length}>Metrics</th>`}
          ${params.length > 0 && html`<th scope="colgroup" colspan=${params.length}>Params</th>`}
        </tr>
        <tr>
          <th scope="col" class="tick"><span class="unseen">Compare</span></th>
          ${column('name', 'Run')} ${column('status', 'Status')} ${column('start', 'Started')}
          <th scope="col" class="number">Took</th>
          ${metrics.map((name) => column(`metrics.${name}`, name, true))}
          ${params.map((name) => column(`params.${name}`, name))}
        </tr>`}
    >
      ${nestRuns(sorted, (runId) => open.has(runId)).map(
        (nested) =>
          html`<${RunRow}
            key=${nested.run.runId}
            place=${place}
            nested=${nested}
            isOpen=${open.has(nested.run.runId)}
            onToggle=${toggle}
            params=${params}
            metrics=${metrics}
          />`,
      )}
    <//>
  `
}

function SortableHead({
  place,
  column,
  title,
  isNumber,
}: {
  readonly place: RunsPlace
  readonly column: string
  readonly title: string
  readonly isNumber: boolean
}): VNode {
  const isSorted = place.sort?.column === column
  const isDescending = isSorted && place.sort.isDescending
  // Numbers are most often wanted from the top, texts from the start of the alphabet.
  const next: Sort = { column, isDescending: isSorted ? !isDescending : isNumber }
  const mark = isSorted ? (isDescending ? ' ↓' : ' ↑') : ''
  return html`
    <th
      scope="col"
      class=${isNumber ? 'number' : ''}
      aria-sort=${isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button
        type="button"
        class="head"
        title=${title}
        onClick=${() => goTo({ ...place, sort: next })}
      >
        ${title}<span aria-hidden="true">${mark}</span>
      </button>
    </th>
  `
}

interface RowProps extends Omit<Props, 'runs'> {
  readonly nested: NestedRun
  /** Whether the runs below it are shown. */
  readonly isOpen: boolean
  readonly onToggle: (runId: string) => void
}

function RunRow({ place, nested, isOpen, onToggle, params, metrics }: RowProps): VNode {
  const { run, depth, children } = nested
  const measured = measureRun(run)
  const isTicked = place.selected.includes(run.runId)
  const tick = (): void => {
    const others = place.selected.filter((runId) => runId !== run.runId)
    goTo({ ...place, selected: isTicked ? others : [...others, run.runId] })
  }
  return html`
    <tr class=${isTicked ? 'ticked' : ''}>
      <td class="tick">
        <input
          type="checkbox"
          aria-label=${`Compare run ${run.runName}`}
          checked=${isTicked}
          onChange=${tick}
        />
      </td>
      <th scope="row" class=${depth === 0 ? '' : 'below'} style=${{ '--depth': depth }}>
        <a
          class="run-name"
          title=${run.runName}
          href=${formatPlace({ view: 'run', runId: run.runId })}
          >${run.runName}</a
        >
        ${
          children > 0 &&
          html`<button
            type="button"
            class="head"
            aria-expanded=${String(isOpen)}
            onClick=${() => onToggle(run.runId)}
          >
            ${isOpen ? '▾' : '▸'} ${children} ${children === 1 ? 'run' : 'runs'} below
          </button>`
        }
      </th>
      <td><${Status} status=${run.status} /></td>
      <td class="time">${formatTime(run.startTime)}</td>
      <td class="number">${formatDuration(run.startTime, run.endTime)}</td>
      ${metrics.map((name) => html`<${MetricCell} measured=${measured.get(name)} />`)}
      ${params.map((name) => html`<${ParamCell} value=${run.params[name]} />`)}
    </tr>
  `
}

function MetricCell({ measured }: { readonly measured: Measured | undefined }): VNode {
  if (measured === undefined) return html`<td class="number quiet">–</td>`
  const { value, interval } = measured
  return html`<td class="number" title=${value}>
    ${formatNumber(value)}
    ${
      interval &&
      html`<span class="interval" title="95 % interval">
        ${formatNumber(interval.lower)} – ${formatNumber(interval.upper)}
      </span>`
    }
  </td>`
}

function ParamCell({ value }: { readonly value: string | undefined }): VNode {
  if (value === undefined) return html`<td class="quiet">–</td>`
  return html`<td class="param" title=${value}>${value}</td>`
}

/** The status in words and in colour. */
export function Status({ status }: { readonly status: Run['status'] }): VNode {
  return html`<span class=${`status ${status.toLowerCase()}`}>${status.toLowerCase()}</span>`
}

/** Sorting and ticking replace the link; a step back leads to the page before. */
function goTo(place: RunsPlace): void {
  location.replace(formatPlace(place))
}
