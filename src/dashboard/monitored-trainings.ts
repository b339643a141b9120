import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type {
  JudgedGate,
  MonitoredTraining,
  TrainingVerdict,
  TrainingWish,
} from '../core/monitored-training.ts'
import type { MonitoredModel } from '../core/monitored-window.ts'
import type { ModelVersion } from '../core/tracking.ts'
import { searchVersions } from './api-client.ts'
import { formatNumber, formatTime } from './format.ts'
import { useLoading } from './loading.ts'
import { formatPlace } from './place.ts'
import { WideTable } from './wide-table.ts'

/** What alerts have led to: which version is served, and of each training what came of it. */
export function MonitoredTrainings({ monitored }: { readonly monitored: MonitoredModel }): VNode {
  const { model, trainings, lastLook } = monitored
  const versions = useLoading(`versions of ${model}`, () => searchVersions(model))
  const known: readonly ModelVersion[] = versions.kind === 'loaded' ? versions.value.items : []
  const [newest, older] = [trainings.slice(0, shownAtOnce), trainings.slice(shownAtOnce)]
  return html`
    <${Served} versions=${known} lastLook=${lastLook} />
    ${lastLook?.wish !== undefined && html`<${Wish} wish=${lastLook.wish} />`}
    ${
      trainings.length === 0 &&
      html`<p class="quiet">
        No alert has led to a training yet. <code>on_drift: retrain</code> in params.yaml lets
        alerts about drift do so.
      </p>`
    }
    ${
      trainings[0]?.state === 'killed' &&
      html`<p>The newest was killed. The next <code>mlpt monitor</code> goes on with it.</p>`
    }
    <${TrainingList} trainings=${newest} versions=${known} />
    ${
      older.length > 0 &&
      html`<details>
        <summary>${older.length} earlier</summary>
        <${TrainingList} trainings=${older} versions=${known} />
      </details>`
    }
  `
}

const shownAtOnce = 5

interface ServedProps {
  readonly versions: readonly ModelVersion[]
  readonly lastLook: MonitoredModel['lastLook']
}

/** The alias is what servers follow; what has answered shows whether they do. */
function Served({ versions, lastLook }: ServedProps): VNode {
  const champion = versions.find(({ aliases }) => aliases.includes('champion'))
  const { answering } = lastLook ?? {}
  return html`<p class="facts">
    ${
      champion !== undefined &&
      html`<span>Champion: <${Version} version=${champion.version} versions=${versions} /></span>`
    }
    ${
      answering !== undefined &&
      html`<span>Last answer: version ${answering.version}, ${formatTime(answering.lastRow)}</span>`
    }
    ${lastLook !== undefined && html`<span>Last look: ${formatTime(lastLook.time)}</span>`}
  </p>`
}

function Wish({ wish }: { readonly wish: TrainingWish }): VNode {
  const { state, alerts, newRows, leastRows, reason } = wish
  const rows =
    leastRows === undefined ? '' : `${newRows ?? 0} of ${leastRows} labelled rows are there`
  return html`<div class="training">
    <p class="facts">
      <span class=${`status ${state === 'failed' ? 'failed' : 'idle'}`}
        >${state === 'failed' ? '✗ could not begin' : '· waits'}</span
      >
      ${alerts.length > 0 && html`<span>because of <b>${alerts.join(', ')}</b></span>`}
    </p>
    <p>${[rows, reason].filter((text) => text !== undefined && text !== '').join('; ')}</p>
  </div>`
}

interface ListProps {
  readonly trainings: readonly MonitoredTraining[]
  readonly versions: readonly ModelVersion[]
}

function TrainingList({ trainings, versions }: ListProps): VNode | undefined {
  if (trainings.length === 0) return undefined
  return html`<ol class="trainings" aria-label="Trainings">
    ${trainings.map(
      (training) =>
        html`<li key=${training.id} class="training">
          <${TrainingFacts} training=${training} />
          <${Findings} training=${training} />
          ${
            training.verdict !== undefined &&
            html`<${Decision} verdict=${training.verdict} versions=${versions} />`
          }
          ${training.next !== undefined && html`<p class="quiet">What now: ${training.next}.</p>`}
        </li>`,
    )}
  </ol>`
}

function TrainingFacts({ training }: { readonly training: MonitoredTraining }): VNode {
  const { alerts, startTime, newRows, attempts, runId, stage } = training
  const { words, kind, sign } = outcomeOf(training)
  const by = stage === undefined ? '' : stage === 'new rows' ? ' by the suite' : ` at ${stage}`
  return html`<p class="facts">
    <span class=${`status ${kind}`}>${sign} ${words}${by}</span>
    <span class="time">${formatTime(startTime)}</span>
    <span>because of <b>${alerts.join(', ')}</b></span>
    <span
      >${newRows === 0 ? 'with the rows that an earlier one has added' : `${newRows} new rows`}</span
    >
    ${attempts > 1 && html`<span>${attempts} times in a row</span>`}
    ${
      runId !== undefined &&
      html`<a href=${formatPlace({ view: 'pipeline-run', id: runId })}>pipeline run ${runId}</a>`
    }
  </p>`
}

function Findings({ training }: { readonly training: MonitoredTraining }): VNode | undefined {
  const { reasons, verdict } = training
  // The gate's reason is the stage's error too.
  const own = verdict === undefined ? reasons : []
  if (own.length === 0) return undefined
  const [first, rest] = [own.slice(0, shownAtOnce), own.slice(shownAtOnce)]
  return html`
    <${Sentences} texts=${first} />
    ${
      rest.length > 0 &&
      html`<details>
        <summary>${rest.length} more</summary>
        <${Sentences} texts=${rest} />
      </details>`
    }
  `
}

function Sentences({ texts }: { readonly texts: readonly string[] }): VNode {
  return html`<ul>
    ${texts.map((text) => html`<li key=${text}>${text}</li>`)}
  </ul>`
}

interface DecisionProps {
  readonly verdict: TrainingVerdict
  readonly versions: readonly ModelVersion[]
}

function Decision({ verdict, versions }: DecisionProps): VNode {
  const { reason, version, champion, championBefore, gates } = verdict
  return html`
    <p>${reason}</p>
    <p>
      ${version !== undefined && html`It is <${Version} version=${version} versions=${versions} />. `}
      ${
        champion === undefined
          ? 'There is no champion.'
          : champion === championBefore
            ? `Version ${champion} stayed the champion.`
            : `Version ${champion} became the champion${championBefore === undefined ? '' : ` in place of version ${championBefore}`}.`
      }
    </p>
    ${gates.length > 0 && html`<${Gates} gates=${gates} />`}
  `
}

function Gates({ gates }: { readonly gates: readonly JudgedGate[] }): VNode {
  const passed = gates.filter((gate) => gate.passed).length
  return html`<details open=${passed < gates.length}>
    <summary>${passed} of ${gates.length} gates passed</summary>
    <${WideTable} label="Gates" columns=${['Gate', ['Found', 'number'], ['Limit', 'number'], '']}>
      ${gates.map(
        ({ gate, passed: isPassed, value, limit }) =>
          html`<tr key=${gate}>
            <th scope="row" class="whole"><code>${gate}</code></th>
            <td class="number">${value === null ? '–' : show(value)}</td>
            <td class="number">${show(limit)}</td>
            <td>
              <span class=${`status ${isPassed ? 'finished' : 'failed'}`}
                >${isPassed ? '✓ passed' : '✗ not passed'}</span
              >
            </td>
          </tr>`,
      )}
    <//>
  </details>`
}

function show(value: number | string): string {
  return typeof value === 'number' ? formatNumber(value) : value
}

/** A version, with the run that trained it where the registry knows it. */
function Version({
  version,
  versions,
}: {
  readonly version: string
  readonly versions: readonly ModelVersion[]
}): VNode {
  const runId = versions.find((known) => known.version === version)?.runId
  const words = `version ${version}`
  return runId === undefined || runId === ''
    ? html`<span>${words}</span>`
    : html`<a href=${formatPlace({ view: 'run', runId })}>${words}</a>`
}

interface ShownOutcome {
  readonly words: string
  readonly kind: 'finished' | 'failed' | 'running' | 'idle'
  readonly sign: string
}

const outcomes: Readonly<Record<MonitoredTraining['state'], ShownOutcome>> = {
  done: { words: 'done', kind: 'finished', sign: '✓' },
  running: { words: 'running', kind: 'running', sign: '…' },
  refused: { words: 'refused', kind: 'failed', sign: '✗' },
  failed: { words: 'failed', kind: 'failed', sign: '✗' },
  killed: { words: 'killed', kind: 'failed', sign: '✗' },
}

function outcomeOf({ state, verdict }: MonitoredTraining): ShownOutcome {
  if (state !== 'done' || verdict === undefined) return outcomes[state]
  return verdict.decision === 'promoted'
    ? { ...outcomes.done, words: 'promoted' }
    : { words: 'not better, the champion stays', kind: 'idle', sign: '·' }
}
