import { explainDrift } from './drift-reasons.ts'
import type { DraftCheck } from './draft-check.ts'
import type { DraftColumn } from './draft-columns.ts'
import type { ColumnDrift, DriftCheck, SideFacts } from './drift-report.ts'
import { countDistinct } from '../data/profile/distribution.ts'
import { countBins } from './histogram.ts'
import type { ColumnDistribution } from '../data/profile/read-distributions.ts'
import { countMissing } from './column-counts.ts'
import { adjustPValues } from './statistics/adjust-p-values.ts'

/**
 * Judges every check of one comparison, with p-values adjusted together by
 * Benjamini and Hochberg: of the alarms at most a twentieth are false.
 *
 * @param options.isAdjusted - whether the adjusted p-value decides, or each on its own
 * @param options.hasBins - whether there is to be something for a picture
 */
export function judgeColumns(
  drafts: readonly DraftColumn[],
  options: { readonly isAdjusted: boolean; readonly hasBins: boolean },
): readonly ColumnDrift[] {
  const all = drafts.flatMap(({ checks }) => checks).filter((check) => check.significance)
  const adjusted = adjustPValues(
    Float64Array.from(all, ({ significance }) => significance?.pValue ?? 1),
  )
  const adjustedOf = new Map(all.map((check, i) => [check, adjusted[i]!]))
  return drafts.map((draft) => {
    const checks = draft.checks.map((check) =>
      judgeCheck(check, adjustedOf.get(check), options.isAdjusted),
    )
    return toColumnDrift(draft, checks, options.hasBins)
  })
}

function judgeCheck(
  { about, significance, effect, isDrift }: DraftCheck,
  adjustedPValue: number | undefined,
  isAdjusted: boolean,
): DriftCheck {
  return {
    about,
    ...(significance && {
      significance: { ...significance, adjustedPValue: adjustedPValue ?? significance.pValue },
    }),
    ...(effect && { effect }),
    isDrifted: isDrift(isAdjusted ? adjustedPValue : significance?.pValue),
  }
}

function toColumnDrift(
  draft: DraftColumn,
  checks: readonly DriftCheck[],
  hasBins: boolean,
): ColumnDrift {
  const { name, role, status, pair, reference, current } = draft
  const isComparable = status === 'compared' || status === 'not-compared'
  return {
    name,
    role,
    status,
    ...(pair && { kind: pair.kind }),
    ...(reference && { reference: factsOf(reference) }),
    ...(current && { current: factsOf(current) }),
    checks,
    bins: pair && hasBins ? countBins(pair) : [],
    isDrifted: !isComparable || checks.some((check) => check.isDrifted),
    reasons: explainDrift(draft, checks),
  }
}

function factsOf(column: ColumnDistribution): SideFacts {
  return {
    type: column.type,
    rows: column.rows,
    missing: countMissing(column),
    infinite: column.infinities,
    distinct: countDistinct(column.distribution),
  }
}
