import type { MetricComparison, SliceComparison } from './compare-models.ts'
import type { Gate } from './promotion-gates.ts'
import type { Verdict } from './registry.ts'

/** A verdict as Markdown for people: what was decided, why, and the numbers behind it. */
export function formatVerdict(verdict: Verdict): string {
  const titles = {
    promoted: 'promoted',
    'kept-champion': 'the champion stays',
    refused: 'refused',
  } as const
  const { challenger, champion, decision, reason } = verdict
  const sections = [
    [`# ${cell(challenger.kind)}: ${titles[decision]}`],
    [cell(reason)],
    formatOverride(verdict),
    [
      `- challenger: ${cell(challenger.kind)} \`${challenger.digest.slice(0, 12)}\``,
      `- champion: ${champion === null ? 'none' : `\`${champion.digest.slice(0, 12)}\``}`,
    ],
    formatGates(verdict.gates ?? []),
    formatCosts(verdict),
    formatComparison(verdict),
    formatOthers(verdict.comparison?.others ?? []),
    formatSlices(verdict.comparison?.slices ?? []),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function formatOverride({ override }: Verdict): string[] {
  if (override === undefined) return []
  const { userId, reason, instead } = override
  return [
    `**Promoted by force** by ${cell(userId)}: ${cell(reason)}. The gates had said ${instead.decision}: ${cell(instead.reason)}.`,
  ]
}

function formatGates(gates: readonly Gate[]): string[] {
  if (gates.length === 0) return []
  const rows = gates.map(({ gate, passed, value, limit }) => [
    gate,
    value === null ? 'measured, see the version’s tags' : formatValue(value),
    formatValue(limit),
    passed ? 'passed' : '**not passed**',
  ])
  return formatTable(['gate', 'found', 'limit', ''], rows)
}

/** What the decision rests on where it is by costs: a row is called what is expected to cost least. */
function formatCosts({ policy: { costs } }: Verdict): string[] {
  if (costs === undefined) return []
  const names = Object.keys(costs)
  const rows = names.map((so) => [
    so,
    ...names.map((called) => formatValue(called === so ? 0 : (costs[so]![called] ?? ''))),
  ])
  return formatTable(['costs of calling', ...names], rows)
}

function formatComparison({ comparison, policy }: Verdict): string[] {
  if (comparison === null) return []
  const { improvement, lower, upper, shareBetter, test, pValue } = comparison
  const numbers = [
    ['metric', policy.metric],
    ['better by', `${formatValue(improvement)} [${formatValue(lower)}, ${formatValue(upper)}]`],
    ['better in resamples', formatValue(shareBetter)],
    ...(pValue === undefined ? [] : [[`p (${test}, one-sided)`, formatValue(pValue)]]),
  ]
  return formatTable(['challenger against champion', ''], numbers)
}

function formatOthers(others: readonly MetricComparison[]): string[] {
  if (others.length === 0) return []
  const rows = others.map(({ metric, improvement, lower, upper, pValue }) => [
    metric,
    `${formatValue(improvement)} [${formatValue(lower)}, ${formatValue(upper)}]`,
    formatValue(pValue),
  ])
  return formatTable(['by other metrics', 'better by', 'p (bootstrap, one-sided)'], rows)
}

function formatSlices(slices: readonly SliceComparison[]): string[] {
  if (slices.length === 0) return []
  const rows = slices.map(({ slice, rows: count, champion, challenger, improvement }) => [
    slice,
    String(count),
    ...[champion, challenger, improvement].map(formatValue),
  ])
  return formatTable(['slice', 'rows', 'champion', 'challenger', 'better by'], rows)
}

function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [formatRow(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(formatRow)]
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`
}

function formatValue(value: number | string): string {
  if (typeof value === 'string' || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(4)))
}

/** Text of one line in which nothing is markup but what stands in stars already. */
function cell(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
}
