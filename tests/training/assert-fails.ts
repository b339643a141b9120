import assert from 'node:assert/strict'
import { ToolkitError, type ErrorCode } from '../../src/core/errors.ts'

/** Fails unless `run` throws this code, a message that is or matches `message`, and a hint. */
export function assertFails(run: () => unknown, code: ErrorCode, message: string | RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof ToolkitError, String(error))
    assert.equal(error.code, code)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    assert.ok(error.hint !== undefined)
    return true
  })
}
