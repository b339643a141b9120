/**
 * Prompts are registered models with a tag. Searches leave them out unless they ask for
 * them, and a model without the tag counts as one that says it is none: so it is in MLflow,
 * whose clients add such a clause to every search.
 */

import { promptTag } from '../store/registry/registry-events.ts'
import { planCondition } from './condition-sql.ts'
import type { Comparison, Condition } from './condition.ts'
import { parseFilter } from './parse-filter.ts'
import type { Searchable, SqlPart } from './searchable.ts'
import { plainSql } from './select-page.ts'

/**
 * What a filter says about models or versions, and that they are no prompts unless it asks for them.
 *
 * @param tags - the table of their tags: one that marks a prompt makes all of its model's prompts
 * @throws {ToolkitError} `TRACKING_INVALID`
 */
export function planWithoutPrompts(
  filter: string,
  searchable: Searchable,
  tags: string,
): readonly SqlPart[] {
  const condition = parseFilter(filter, searchable)
  if (asksForPrompts(condition)) return [planCondition(condition, searchable)]
  const marked = `SELECT name FROM ${tags} WHERE key = '${promptTag}' AND value = 'true'`
  return [
    planCondition(withoutPromptClauses(condition), searchable),
    plainSql(`name NOT IN (${marked})`),
  ]
}

/** Whether the first clause on the tag asks for prompts. */
function asksForPrompts(condition: Condition): boolean {
  const first = findPromptClause(condition)
  if (first === undefined) return false
  const value = String(first.values[0]).toLowerCase()
  return (
    (first.operator === '=' && value === 'true') || (first.operator === '!=' && value === 'false')
  )
}

/** Without the clauses on the tag, which hold for everything once prompts are left out. */
function withoutPromptClauses(condition: Condition): Condition {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return { ...condition, conditions: condition.conditions.map(withoutPromptClauses) }
    case 'not':
      return { ...condition, condition: withoutPromptClauses(condition.condition) }
    case 'missing':
      return condition
    case 'comparison':
      return isAboutPrompts(condition) ? { kind: 'all', conditions: [] } : condition
  }
}

function findPromptClause(condition: Condition): Comparison | undefined {
  switch (condition.kind) {
    case 'all':
    case 'any':
      for (const part of condition.conditions) {
        const found = findPromptClause(part)
        if (found !== undefined) return found
      }
      return undefined
    case 'not':
      return findPromptClause(condition.condition)
    case 'missing':
      return undefined
    case 'comparison':
      return isAboutPrompts(condition) ? condition : undefined
  }
}

function isAboutPrompts({ field }: Comparison): boolean {
  return field.entity === 'tag' && field.key === promptTag
}
