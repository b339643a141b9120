/** What became of the expectations since the version of the data before. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, formatShare, shortenText } from '../../core/format-number.ts'
import {
  compareValidations,
  type ExpectationChange,
  type PreviousVersion,
} from '../compare-validations.ts'
import { describeExpectation } from '../expectations/describe-expectation.ts'
import type { ValidationResult } from '../expectations/validation-result.ts'
import type { Profile } from '../profile/profile.ts'
import { drawBadge } from './badge.ts'
import { drawFacts, drawTable } from './data-table.ts'
import { drawFinding, toneOf } from './finding.ts'
import { drawName, drawSentence } from './value.ts'

interface ChangeOptions {
  readonly profile: Profile | undefined
  readonly hidesValues: boolean
  readonly limitBytes: number
}

/** Rows, missing cells and verdicts, then and now. */
export function drawChanges(
  result: ValidationResult,
  { name, profile: before, result: earlier }: PreviousVersion,
  { profile, hidesValues, limitBytes }: ChangeOptions,
): Markup {
  const facts = [
    ...(before === undefined || profile === undefined ? [] : compareProfiles(profile, before)),
    ...(earlier === undefined ? [] : compareCounts(result, earlier)),
  ]
  const changes = earlier === undefined ? [] : compareValidations(result, earlier)
  const table =
    changes.length === 0
      ? noMarkup
      : drawTable(heads, changes, {
          label: 'expectations, then and now',
          what: 'expectations',
          limitBytes,
          toRow: (change) => drawChange(change, hidesValues),
        })
  const none =
    earlier !== undefined && changes.length === 0 ? html`<p>All that held holds.</p>` : noMarkup
  return html`<h2>Against <bdi>${shortenText(name, 100)}</bdi></h2>
    ${drawFacts(facts)}${none}${table}`
}

const heads = [
  { label: 'since then' },
  { label: 'expectation', kind: 'wide' },
  { label: 'then', kind: 'wide' },
  { label: 'now', kind: 'wide' },
] as const

function drawChange({ kind, now, before }: ExpectationChange, hidesValues: boolean) {
  const isGood = kind === 'holds again'
  return {
    ...(!isGood && { tone: toneOf(now) }),
    cells: [
      drawBadge(isGood ? 'good' : kind === 'fails still' ? 'neutral' : toneOf(now), kind),
      drawSentence(describeExpectation(now.expectation_config)),
      before === undefined
        ? html`<span class="quiet">not asked</span>`
        : drawFinding(before, hidesValues),
      drawFinding(now, hidesValues),
    ],
  }
}

type Fact = readonly [name: string, value: Markup]

function compareCounts(now: ValidationResult, before: ValidationResult): readonly Fact[] {
  return [['expectations that hold', html`${countHolding(before)} → ${countHolding(now)}`]]
}

function countHolding({ results }: ValidationResult): string {
  const holding = results.filter(({ success }) => success)
  return `${formatCount(holding.length)} of ${formatCount(results.length)}`
}

const mostNames = 5

function compareProfiles(now: Profile, before: Profile): readonly Fact[] {
  const earlier = new Map(before.columns.map((column) => [column.name, column]))
  const common = now.columns.flatMap((column) => {
    const old = earlier.get(column.name)
    return old === undefined ? [] : [{ column, old }]
  })
  const [was, is] = [
    common.reduce((sum, { old }) => sum + old.nulls + old.nans, 0),
    common.reduce((sum, { column }) => sum + column.nulls + column.nans, 0),
  ]
  const shareOf = (cells: number, rows: number): string =>
    formatShare(rows === 0 ? 0 : cells / rows / Math.max(common.length, 1))
  const jumps = common
    .map(({ column, old }) => ({
      name: column.name,
      was: before.rows === 0 ? 0 : (old.nulls + old.nans) / before.rows,
      is: now.rows === 0 ? 0 : (column.nulls + column.nans) / now.rows,
    }))
    .filter((jump) => Math.abs(jump.is - jump.was) >= 0.005)
    .toSorted((a, b) => Math.abs(b.is - b.was) - Math.abs(a.is - a.was))
    .slice(0, mostNames)
  const moved = jumps.map(
    (jump, i) =>
      html`${i === 0 ? '' : ', '}${drawName(jump.name)} ${formatShare(jump.was)} →
      ${formatShare(jump.is)}`,
  )
  return [
    ['rows', html`${formatCount(before.rows)} → ${formatCount(now.rows)}`],
    ['missing cells', html`${shareOf(was, before.rows)} → ${shareOf(is, now.rows)}`],
    ...(moved.length === 0 ? [] : [['missing, moved most', html`${moved}`] as const]),
  ]
}
