/** Where a search may be answered otherwise than by MLflow: each has its place in docs/differences-from-mlflow.md. */

import type { SearchCase } from './random-searches.ts'
import type { Answer } from './run-search.ts'

interface Tolerance {
  readonly heading: string
  readonly allows: (
    asked: SearchCase,
    answers: { readonly ours: Answer; readonly theirs: Answer },
  ) => boolean
}

const tolerances: readonly Tolerance[] = [
  {
    heading: 'A blank filter is an empty one',
    allows: ({ filter }, answers) => isMore(answers) && filter.trim() === '',
  },
  {
    heading: 'Operators in small letters everywhere',
    allows: ({ kind, filter }, answers) =>
      isMore(answers) &&
      kind === 'experiments' &&
      /\b(?:like|ilike|in|not in)\b/.test(withoutTexts(filter)),
  },
  {
    heading: 'NOT LIKE and NOT ILIKE',
    allows: ({ filter }, answers) =>
      isMore(answers) && /\bnot\s+i?like\b/i.test(withoutTexts(filter)),
  },
  {
    heading: 'Line breaks in lists and names',
    allows: ({ filter }, answers) =>
      isMore(answers) && /\bin\s*\([^)]*\n|`[^`]*\n[^`]*`/i.test(filter),
  },
  {
    heading: 'An AND may be missing anywhere',
    allows: ({ filter }, answers) =>
      isMore(answers) &&
      /''\s+[\w.`'/: ]+\s(?:(?:not\s+)?in\s*''|is\s)/i.test(withoutValues(filter)),
  },
  {
    heading: 'Blanks around a field to sort by',
    allows: ({ orderBy }, answers) =>
      isMore(answers) && orderBy.some((item) => item !== item.trim()),
  },
  {
    heading: 'Quotes within the name of a field to sort by',
    allows: ({ orderBy }, answers) =>
      isMore(answers) && orderBy.some((item) => /`[^`]*["'][^`]*`/.test(item)),
  },
  {
    heading: 'Names with $ or # in them',
    allows: ({ filter, orderBy }, answers) =>
      'refused' in answers.ours || 'refused' in answers.theirs
        ? /[$#]/.test(withoutTexts([filter, ...orderBy].join(' ')))
        : false,
  },
  {
    heading: 'Logged models sort by params and tags',
    allows: ({ kind, loggedOrder }, answers) =>
      isMore(answers) &&
      kind === 'logged' &&
      loggedOrder.some(({ field_name }) => /^(?:params|tags)\./.test(field_name)),
  },
  {
    heading: 'Texts of logged models stand in either quotes',
    allows: ({ kind, filter }) => kind === 'logged' && filter.includes('"'),
  },
  {
    heading: 'Odd names and texts without quotes are refused',
    allows: ({ filter }, { ours, theirs }) =>
      'refused' in ours && !('refused' in theirs) && isOdd(withoutTexts(filter)),
  },
]

export const toleratedHeadings: readonly string[] = tolerances.map(({ heading }) => heading)

/** The heading under which the difference stands, if there is one. */
export function findTolerance(
  asked: SearchCase,
  answers: { readonly ours: Answer; readonly theirs: Answer },
): string | undefined {
  return tolerances.find(({ allows }) => allows(asked, answers))?.heading
}

function isMore({ ours, theirs }: { readonly ours: Answer; readonly theirs: Answer }): boolean {
  return 'refused' in theirs && !('refused' in ours)
}

/** Signs that have no place in the language, a dot with nothing behind it, two words for one name. */
function isOdd(filter: string): boolean {
  const bare = filter.replaceAll(/`[^`]*`/g, '`')
  return [
    /[^\p{L}\p{N}_\s.,()=!<>"'`+-]/u,
    /\s\.|\.(?:\s|[^\p{L}\p{N}_\s`"'.])/u,
    /[^\s'"`]\s+[^\s'"`]+\s+(?:is|in|not)\s/i,
  ].some((oddness) => oddness.test(bare))
}

function withoutTexts(filter: string): string {
  return filter.replaceAll(/'[^']*'|"[^"]*"/g, "''")
}

/** Numbers and lists are texts too. */
function withoutValues(filter: string): string {
  return withoutTexts(filter)
    .replaceAll(/\([^()]*\)/g, "''")
    .replaceAll(/[-+.\de]+(?=\s)/gi, "''")
}
