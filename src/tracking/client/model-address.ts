import { ToolkitError } from '../../core/errors.ts'

/** What a model's address names. */
export type ModelAddress =
  | { readonly kind: 'version'; readonly name: string; readonly selector: string }
  | { readonly kind: 'stage'; readonly name: string; readonly stage: string }
  | { readonly kind: 'latest'; readonly name: string }
  | { readonly kind: 'logged'; readonly modelId: string }
  | { readonly kind: 'run'; readonly runId: string; readonly path: string }

/**
 * Reads `models:/name@alias`, `models:/name/3`, `models:/name/latest`, `models:/name/Production`,
 * `models:/m-…` and `runs:/<run>/<path>`.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`
 */
export function parseModelAddress(uri: string): ModelAddress {
  const [, runId, path] = /^runs:\/+([0-9a-zA-Z_-]+)\/(.+)$/.exec(uri) ?? []
  if (runId !== undefined && path !== undefined) return { kind: 'run', runId, path }
  const [, modelId] = /^models:\/+(m-[0-9a-f]{32})$/.exec(uri) ?? []
  if (modelId !== undefined) return { kind: 'logged', modelId }
  const [, name, sign, rest] = /^models:\/+([^/@:]+)([@/])([^/@:]+)$/.exec(uri) ?? []
  if (name === undefined || rest === undefined) {
    throw new ToolkitError('TRACKING_INVALID', `'${uri}' is no model address`, {
      hint: 'write models:/name@alias, models:/name/3, models:/m-<id> or runs:/<run>/<path>',
    })
  }
  if (sign === '@' || /^\d+$/.test(rest)) return { kind: 'version', name, selector: rest }
  return rest === 'latest' ? { kind: 'latest', name } : { kind: 'stage', name, stage: rest }
}
