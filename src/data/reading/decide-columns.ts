/** The types of all columns of delimited text: what one column leaves open, another may tell. */

import type { ColumnTally, TypeDecision } from './column-tally.ts'
import { decideType } from './decide-type.ts'
import type { CellForms } from './read-options.ts'

/** What is made of the columns, and how their numbers and days are written. */
export interface ColumnDecisions {
  readonly decisions: readonly TypeDecision[]
  /** What was said, and what all columns that tell agree on. */
  readonly forms: CellForms
}

/**
 * @param said - how numbers and days are written, as far as it was said
 * @param whenInDoubt - what the project says, asked where a column alone leaves it open
 */
export async function decideColumns(
  tallies: readonly ColumnTally[],
  said: CellForms,
  whenInDoubt: () => Promise<CellForms> = () => Promise.resolve({}),
): Promise<ColumnDecisions> {
  const alone = tallies.map((tally) => decideType(tally, said))
  const isInDoubt = alone.some(({ doubt }) => doubt !== undefined)
  const others = agreeOn(alone, said)
  const told = isInDoubt ? await whenInDoubt() : {}
  const decisions = alone.map(
    (decision, i) =>
      resolve(decision, tallies[i]!, {
        forms: { ...told, ...said },
        source: 'as project.ts says',
      }) ??
      resolve(decision, tallies[i]!, { forms: others, source: 'as in other columns' }) ??
      decision,
  )
  return { decisions, forms: agreeOn(decisions, said) }
}

/** The forms on which no two columns contradict each other. */
function agreeOn(decisions: readonly TypeDecision[], said: CellForms): CellForms {
  const found = decisions.flatMap(({ forms }) => forms ?? [])
  const decimals = found.map((forms) => forms.decimal)
  const decimal = said.decimal ?? onlyOne(decimals)
  // Where decimal marks contradict each other, what stands between thousands is as open.
  const groups = decimal === undefined && decimals.some((mark) => mark !== undefined) ? [] : found
  const thousands = said.thousands ?? onlyOne(groups.map((forms) => forms.thousands))
  const dateOrder = said.dateOrder ?? onlyOne(found.map((forms) => forms.dateOrder))
  return {
    ...(decimal !== undefined && { decimal }),
    ...(thousands !== undefined && { thousands }),
    ...(dateOrder !== undefined && { dateOrder }),
  }
}

function onlyOne<Value>(values: readonly (Value | undefined)[]): Value | undefined {
  const [first, ...others] = new Set(values.filter((value) => value !== undefined))
  return others.length === 0 ? first : undefined
}

/** A column in doubt, read as something else has it, which is told. */
function resolve(
  { doubt }: TypeDecision,
  tally: ColumnTally,
  { forms, source }: { readonly forms: CellForms; readonly source: string },
): TypeDecision | undefined {
  if (doubt === undefined) return undefined
  const resolved = decideType(tally, forms)
  if (resolved.sql === undefined || resolved.forms === undefined) return undefined
  const flags =
    resolved.forms.dateOrder === undefined ? '--decimal and --thousands' : '--date-order'
  const warning = `'${tally.name}' may be read in two ways, ${doubt}: ${describeForms(resolved.forms)}, ${source}; ${flags} can say otherwise`
  return { ...resolved, warning }
}

/** What was taken for what, in words. */
function describeForms({ decimal, thousands, dateOrder }: CellForms): string {
  if (dateOrder !== undefined)
    return `the ${dateOrder === 'day-first' ? 'day' : 'month'} is taken for first`
  if (thousands === undefined)
    return `the ${markNames[decimal ?? ',']} is taken for the decimal mark`
  return `the ${markNames[thousands] ?? 'mark'} is taken to stand between thousands`
}

const markNames: Readonly<Record<string, string>> = {
  '.': 'dot',
  ',': 'comma',
  ' ': 'space',
  "'": 'apostrophe',
}
