import { ToolkitError } from '../../core/errors.ts'
import type { FileFormat, ReadOptions } from './read-options.ts'

/** The options that say something about each format, besides those that fit all. */
const fitting = {
  json: ['encoding'],
  excel: ['sheet', 'headerLine'],
  sqlite: ['table'],
} as const satisfies Partial<Record<FileFormat, readonly (keyof ReadOptions)[]>>

const common = ['format', 'types', 'allText', 'asWritten', 'missing', 'assumed', 'whenInDoubt']

/**
 * An option that would be without effect is a mistake.
 *
 * @throws {ToolkitError} `CLI_USAGE` naming all of them
 */
export function refuseUnfitOptions(
  path: string,
  format: keyof typeof fitting,
  options: ReadOptions,
): void {
  const fit = new Set<string>([...common, ...fitting[format]])
  const unfit = Object.entries(options)
    .filter(([name, value]) => value !== undefined && !fit.has(name))
    .map(([name]) => name)
  if (unfit.length === 0) return
  throw new ToolkitError(
    'CLI_USAGE',
    `'${path}' is read as ${format}, which has no use for: ${unfit.join(', ')}`,
    { hint: 'leave the option out' },
  )
}
