import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TrackingStore } from '../../src/tracking/index.ts'
import { formatJson } from '../../src/core/json.ts'
import { mlpt } from '../pipeline/folder.ts'
import { drawCard } from '../training/card/draw-card.ts'
import { makeTrackerFolder } from './tracker-folder.ts'

const page = '<!doctype html>the page'

describe('mlpt models card', () => {
  test('tells what one asks first, of the champion unless told', async () => {
    using folder = await makeTrackerFolder((store) => register(store, formatJson(drawCard())))
    const { output, exitCode } = mlpt(folder, 'models', 'card', 'loans')
    assert.equal(exitCode, 0)
    assert.match(output, /^model +loans, version 1$/m)
    assert.match(output, /^ {2}roc_auc +0\.8 +0\.75 to 0\.85$/m)
    assert.match(output, /^ {2}age & sex +0\.2 +-$/m)
    assert.match(output, /^ {2}- Not measured for sex=1/m)
    assert.equal(mlpt(folder, 'models', 'card', 'loans@champion').output, output)
    assert.equal(mlpt(folder, 'models', 'card', 'loans', '1').output, output)
  })

  test('--json prints the card itself, --output writes the page', async () => {
    using folder = await makeTrackerFolder((store) => register(store, formatJson(drawCard())))
    const printed = mlpt(folder, 'models', 'card', 'loans', '--json').output
    assert.deepEqual(JSON.parse(printed), JSON.parse(JSON.stringify(drawCard())))
    const { output } = mlpt(folder, 'models', 'card', 'loans', '-o', 'card.html')
    assert.equal(output, 'wrote card.html: loans, version 1\n')
    assert.equal(readFileSync(join(folder.directory, 'card.html'), 'utf8'), page)
  })

  test('a version without a card, a card of another format and an unknown alias are told', async () => {
    using folder = await makeTrackerFolder((store) => register(store, undefined))
    const none = mlpt(folder, 'models', 'card', 'loans')
    assert.equal(none.exitCode, 1)
    assert.match(none.errors, /TRACKING_NOT_FOUND: version 1 of 'loans' has no card/)
    const unknown = mlpt(folder, 'models', 'card', 'loans@best')
    assert.match(unknown.errors, /no version or alias 'best'/)
    using other = await makeTrackerFolder((store) => register(store, '{"format": 2}'))
    assert.match(mlpt(other, 'models', 'card', 'loans').errors, /MODEL_INVALID: the card of loans/)
  })
})

/** A champion; without a card when there is none. */
async function register(store: TrackingStore, card: string | undefined): Promise<void> {
  const runId = await store.startRun({
    experimentName: 'loans',
    runName: 'boosting',
    startTime: 1,
    tags: {},
  })
  const encoder = new TextEncoder()
  await store.logArtifacts(runId, 'model', new Map([['MLmodel', encoder.encode('x')]]))
  if (card !== undefined) {
    const files = { 'model-card.json': card, 'model-card.html': page }
    const encoded = Object.entries(files).map(
      ([name, text]) => [name, encoder.encode(text)] as const,
    )
    await store.logArtifacts(runId, 'card', new Map(encoded))
  }
  await store.endRun(runId, 'FINISHED', 2)
  await store.createModelVersion({
    name: 'loans',
    runId,
    artifactPath: 'model',
    description: '',
    tags: {},
    aliases: ['champion'],
    reason: 'first',
    timestamp: 3,
    userId: 'me',
  })
}
