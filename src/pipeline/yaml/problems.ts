import { ToolkitError } from '../../core/errors.ts'

/** Where something stands in a file; lines and columns count from 1. */
export interface Place {
  /** As a message shows it: relative to the folder of `dvc.yaml`. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Everything wrong with a pipeline, gathered so that one run shows it all. */
export interface Problems {
  add(place: Place, message: string, hint?: string): void
  /** @throws {ToolkitError} `PIPELINE_INVALID` with all problems, when there are any. */
  check(): void
  readonly count: number
}

/** Creates an empty collection; the same problem at the same place is kept once. */
export function createProblems(): Problems {
  const found = new Map<string, string | undefined>()
  return {
    add: (place, message, hint) => {
      found.set(`${formatPlace(place)}: ${message}`, hint)
    },
    check: () => {
      if (found.size > 0) throw problemsError(found)
    },
    get count() {
      return found.size
    },
  }
}

function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`
}

function problemsError(found: ReadonlyMap<string, string | undefined>): ToolkitError {
  const problems = Array.from(found, ([message, hint]) => ({ message, hint }))
  const [first, ...others] = problems
  const lines =
    others.length === 0
      ? [first?.message ?? '']
      : problems.map(
          ({ message, hint }) => `\n  ${message}${hint === undefined ? '' : ` (${hint})`}`,
        )
  const count = others.length === 0 ? '' : `${problems.length} problems:`
  return new ToolkitError('PIPELINE_INVALID', count + lines.join(''), {
    hint: others.length === 0 ? first?.hint : undefined,
    details: { problems },
  })
}
