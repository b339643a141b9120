/** What becomes of a cell that its field does not admit: refused, or let through as the field's policy says. */

import { encodeUsed, policyCaseOf } from '../../core/field-policy.ts'
import { isCodedField, type InputField } from '../../core/input-field.ts'
import { describeField, describeInputViolation } from '../../core/schema.ts'
import type { ProblemList } from './problem-list.ts'
import { replaceSent, type SentCells } from './sent-cells.ts'
import type { Column } from '../served-model.ts'

/**
 * The number that the model is given, for a cell that does not fit: reported as a problem or, where a policy
 * lets it through, as a warning. What is returned beside a problem is for no use.
 *
 * @param cell - as it was sent; `undefined` when it is absent
 */
export function settleCell(
  { name, field, policy }: Column,
  cell: unknown,
  report: {
    readonly pointer: string
    readonly problems: ProblemList
    /** What to do, in place of what the cell itself suggests. */
    readonly hint?: string | undefined
    /** Where the cell of this row and column was kept last, if anywhere. */
    readonly sent: SentCells | undefined
    readonly column: number
  },
): number {
  const { pointer, problems, hint } = report
  const fault = policy === undefined ? undefined : policyCaseOf(field, cell)
  const action = fault === undefined ? undefined : policy?.[fault]
  if (action === undefined || action === 'reject') {
    problems.add(pointer, () => {
      const described = describeCell(name, field, cell)
      return hint === undefined ? described : { ...described, hint }
    })
    return Number.NaN
  }
  const used = action === 'warn' ? valueOf(cell) : policy?.value
  const { expected } = describeCell(name, field, cell)
  problems.warn({ pointer, column: name, policy: action, expected, value: cell, used })
  if (report.sent !== undefined) replaceSent(report.sent, { column: report.column, field }, used)
  return encodeUsed(field, used)
}

/** Of a cell that is scored as it is: no policy lets anything else through. */
function valueOf(cell: unknown): number | string | undefined {
  return typeof cell === 'number' || typeof cell === 'string' ? cell : undefined
}

function describeCell(
  name: string,
  field: InputField,
  cell: unknown,
): { expected: string; value: unknown; hint?: string | undefined } {
  if (cell === undefined) {
    return { expected: describeField(field), value: undefined, hint: `add '${name}'` }
  }
  const number = typeof cell === 'number' || cell === null ? cell : undefined
  const violation =
    number === undefined || isCodedField(field) ? undefined : describeInputViolation(field, number)
  const expected = violation?.replace(/^expected /, '') ?? describeField(field)
  return {
    expected,
    value: cell,
    hint: hintFor(field, cell),
  }
}

function hintFor(field: InputField, cell: unknown): string | undefined {
  if (field.type === 'text' && typeof cell === 'number') return 'send it in quotes'
  if (isCodedField(field)) return undefined
  return typeof cell === 'string' ? textHint(field, cell) : undefined
}

function textHint(field: InputField, text: string): string | undefined {
  if (/^\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*$/i.test(text.slice(0, 50))) return 'send it without quotes'
  return field.nullable === true ? 'send null for a missing value' : undefined
}
