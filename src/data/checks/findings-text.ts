import type { CheckReport } from './training-check.ts'

/** What the checks found, in lines for people; one line when they found nothing. */
export function renderFindings({ findings }: CheckReport): readonly string[] {
  if (findings.length === 0) return ['nothing found that spoils a model']
  return findings.flatMap(({ policy, check, message, hint }) => [
    `${policy} ${check}: ${message}`,
    `  hint: ${hint}`,
  ])
}
