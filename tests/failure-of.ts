import assert from 'node:assert/strict'
import { ToolkitError } from '../src/core/errors.ts'

/** The error that some work is refused with; fails when it is not refused. */
export async function failureOf(work: Promise<unknown>): Promise<ToolkitError> {
  try {
    await work
  } catch (error) {
    if (error instanceof ToolkitError) return error
    throw error
  }
  return assert.fail('it was not refused')
}
