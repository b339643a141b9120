/** A validation as a page: the verdict, what failed and by which values, and all that was checked. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, shortenText } from '../../core/format-number.ts'
import type { PreviousVersion } from '../compare-validations.ts'
import { describeExpectation } from '../expectations/describe-expectation.ts'
import { severities } from '../expectations/suite.ts'
import { failuresOf, type ValidationResult } from '../expectations/validation-result.ts'
import type { Profile } from '../profile/profile.ts'
import type { ValidationEvidence } from '../validation-evidence.ts'
import { drawBadge, drawVerdict, type Tone } from './badge.ts'
import { drawColumnsOverview } from './columns-overview.ts'
import { drawFacts, drawTable } from './data-table.ts'
import { drawFailingRows } from './failing-rows-table.ts'
import { drawFailures } from './failures.ts'
import { drawFinding, drawNotes, severityTones, toneOf } from './finding.ts'
import { drawLeftOut, fitItems } from './fit-size.ts'
import { renderPage } from './page.ts'
import { drawShareBar } from './share-bar.ts'
import { drawLimitedPicture, groupByColumn, type ResultsByColumn } from './validation-pictures.ts'
import { drawName, drawSentence } from './value.ts'
import { drawChanges } from './version-changes.ts'

/** What the page is about, besides the result. */
export interface ValidationPageOptions {
  /** Names the data, such as the path of its file. */
  readonly name: string
  /** Whether values of the data stay out of the page; counts and shares stay in. */
  readonly hidesValues?: boolean
  /** How the columns look, and rows that fail. */
  readonly evidence?: ValidationEvidence
  /** The version of the data before, to compare with. */
  readonly previous?: PreviousVersion
}

/**
 * One HTML file of at most 300 kB, whatever the result: what does not fit is
 * counted. It runs nothing, fetches nothing and has no date in it.
 */
export function renderValidationPage(
  result: ValidationResult,
  { name, hidesValues = false, evidence, previous }: ValidationPageOptions,
): string {
  const report: Report = {
    result,
    hidesValues,
    evidence,
    before: previous?.profile,
    byColumn: groupByColumn(result),
  }
  const changes =
    previous === undefined
      ? noMarkup
      : drawChanges(result, previous, {
          profile: evidence?.profile,
          hidesValues,
          limitBytes: limits.changes,
        })
  const failures = drawFailures(result, {
    hidesValues,
    limitBytes: limits.failures,
    drawPicture: (column) => drawPicture(report, column),
  })
  return renderPage({
    title: 'Data validation',
    subtitle: shortenText(name, 300),
    body: html`${drawSummary(report)}${drawNotes(result.meta.warnings, hidesValues)}${changes}${failures}${drawRows(report)}${drawColumns(report)}${drawAll(report)}`,
  })
}

/** Bytes of each part; together with the frame they stay below 300 kB. */
const limits = {
  changes: 30_000,
  failures: 105_000,
  rows: 40_000,
  overview: 30_000,
  pictures: 35_000,
  all: 40_000,
}

interface Report {
  readonly result: ValidationResult
  readonly hidesValues: boolean
  readonly evidence: ValidationEvidence | undefined
  /** The profile of the version before. */
  readonly before: Profile | undefined
  readonly byColumn: ResultsByColumn
}

function drawSummary({ result, evidence }: Report): Markup {
  const { evaluated_expectations: all, successful_expectations: held } = result.statistics
  const failed = severities
    .toReversed()
    .map((severity) => ({ severity, count: failuresOf(result, severity).length }))
    .filter(({ count }) => count > 0)
  const parts = [
    { share: all === 0 ? 0 : held / all, tone: 'good' as const, label: 'hold' },
    ...failed.map(({ severity, count }) => ({
      share: count / all,
      tone: severityTones[severity],
      label: `fail, ${severity}`,
    })),
  ]
  const detail = html`<p>${formatCount(held)} of ${formatCount(all)} expectations hold</p>
    ${drawShareBar(parts)}`
  const facts = drawFacts([
    ['suite', html`<bdi>${shortenText(result.suite_name, 200)}</bdi>`],
    ...countFact('rows', evidence?.profile.rows),
    ...countFact('columns', evidence?.columnCount),
    ...countFailingRows(evidence),
    ...failed.flatMap(({ severity, count }) => countFact(`${severity} failed`, count)),
  ])
  return html`${drawVerdict(verdictTone(result), headline(result), detail)}${facts}`
}

function countFact(name: string, count: number | undefined): (readonly [string, Markup])[] {
  return count === undefined ? [] : [[name, html`${formatCount(count)}`]]
}

function countFailingRows(evidence: ValidationEvidence | undefined) {
  const rows = evidence?.failingRows
  return rows?.isExact === true ? countFact('rows that fail', rows.total) : []
}

function verdictTone({ success, meta }: ValidationResult): Tone {
  if (success) return 'good'
  return severityTones[meta.highest_failing_severity ?? 'critical']
}

function headline(result: ValidationResult): string {
  if (result.success) return 'Passed'
  if (result.results.length === 0) return 'Failed: nothing was checked'
  const worst = result.meta.highest_failing_severity ?? 'critical'
  const count = failuresOf(result, worst).length
  const what = count === 1 ? 'expectation does' : 'expectations do'
  const verdict = worst === 'critical' ? 'Failed' : 'Passed with remarks'
  return `${verdict}: ${formatCount(count)} ${worst} ${what} not hold`
}

function drawRows({ result, evidence, hidesValues }: Report): Markup {
  const rows = evidence?.failingRows
  return rows === undefined
    ? noMarkup
    : drawFailingRows(rows, result, { hidesValues, limitBytes: limits.rows })
}

/** Nothing when values are hidden: bars between limits that the suite names tell too much. */
function drawPicture({ evidence, byColumn, hidesValues, before }: Report, name: string): Markup {
  const column = evidence?.profile.columns.find((each) => each.name.toLowerCase() === name)
  if (evidence === undefined || column === undefined || hidesValues) return noMarkup
  return drawLimitedPicture(column, {
    profile: evidence.profile,
    results: byColumn.get(name) ?? [],
    previous: before,
  })
}

function drawColumns(report: Report): Markup {
  const { evidence, byColumn, hidesValues } = report
  if (evidence === undefined || evidence.columnCount === 0) return noMarkup
  const overview = drawColumnsOverview(evidence.profile, {
    resultsOf: byColumn,
    columnCount: evidence.columnCount,
    hidesValues,
    limitBytes: limits.overview,
  })
  return html`${overview}${drawHolding(report)}`
}

/** Columns of the suite that nothing failed of; the others are drawn where they failed. */
function drawHolding(report: Report): Markup {
  const { evidence, byColumn } = report
  const holding = (evidence?.profile.columns ?? []).flatMap(({ name }) => {
    const results = byColumn.get(name.toLowerCase()) ?? []
    const holds = results.length > 0 && results.every(({ success }) => success)
    const picture = holds ? drawPicture(report, name.toLowerCase()) : noMarkup
    return picture.markup === '' ? [] : [{ name, picture, results }]
  })
  if (holding.length === 0) return noMarkup
  const { items, leftOut } = fitItems(
    holding,
    ({ name, picture, results }) =>
      html`<article class="card">
        <div class="head">
          <h3>${drawName(name)}</h3>
          <span class="good"><span class="toned">✓</span></span>
          <span class="quiet">${results.length} of ${results.length}</span>
        </div>
        ${picture}
      </article>`,
    { limitBytes: limits.pictures },
  )
  return html`<h2>Columns of which everything holds</h2>
    <div class="cards">${items}</div>
    ${drawLeftOut(leftOut, 'columns')}`
}

function drawAll({ result: { results }, hidesValues }: Report): Markup {
  const heads = [
    { label: '#', kind: 'number' },
    { label: 'verdict' },
    { label: 'severity' },
    { label: 'expectation', kind: 'wide' },
    { label: 'found', kind: 'wide' },
  ] as const
  const table = drawTable(heads, results, {
    label: 'all expectations',
    what: 'expectations',
    limitBytes: limits.all,
    toRow: (one) => ({
      ...(!one.success && { tone: toneOf(one) }),
      cells: [
        html`${one.meta.index}`,
        one.success ? drawBadge('good', 'holds') : drawBadge(toneOf(one), 'fails'),
        html`${one.expectation_config.severity}`,
        drawSentence(describeExpectation(one.expectation_config)),
        drawFinding(one, hidesValues),
      ],
    }),
  })
  return html`<h2>All that was checked</h2>
    ${table}`
}
