import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { addRolloutFlags, defaultFollowSeconds } from '../../../src/cli/flags/rollout-flags.ts'
import type { Predictor } from '../../../src/core/predictor.ts'
import { addServeCommand } from '../../../src/cli/commands/serve.ts'
import { createServingApp, createModelSlots } from '../../../src/serving/index.ts'
import { defaultCanary } from '../../../src/serving/rollout/arm-router.ts'
import { longestBackOff } from '../../../src/serving/rollout/follow-alias.ts'
import { defaultCanaryLimits } from '../../../src/serving/rollout/judge-canary.ts'
import { describeRolloutEvent } from '../../../src/serving/rollout/rollout-event.ts'
import { predictor } from '../serve-model.ts'

const text = readFileSync('docs/rollout.md', 'utf8')

describe('docs/rollout.md', () => {
  test('names every flag, and shows only command lines that parse', () => {
    for (const { long } of addRolloutFlags(new Command()).options) {
      assert.ok(text.includes(long!), long)
    }
    const commands = [...text.matchAll(/^mlpt serve (.*)$/gm)].map((match) => match[1]!)
    assert.ok(commands.length >= 5)
    for (const command of commands) {
      const program = new Command()
      addServeCommand(program)
      const serve = program.commands[0]!.exitOverride()
      serve.action(() => undefined)
      program.parse(['serve', ...command.split(' ')], { from: 'user' })
    }
  })

  test('has the limits that hold', () => {
    const told = [...text.matchAll(/^\| `(\w+)` +\| ([\d.]+)/gm)].map((match) => [
      match[1],
      Number(match[2]),
    ])
    assert.deepEqual(Object.fromEntries(told), defaultCanaryLimits)
    assert.ok(text.includes(`every ${defaultFollowSeconds} seconds`))
    assert.ok(text.includes(`up to ${longestBackOff} times`))
    assert.ok(text.includes(`share of the requests, ${defaultCanary.share} when left out`))
    assert.deepEqual([defaultCanary.judgeEveryMs, defaultCanary.windowMs], [1000, 60_000])
  })

  test('shows lines as the server writes them', () => {
    const model = (version: string) => ({ name: 'credit', version, digest: '' })
    const lines = [
      { kind: 'swapped', arm: 'champion', model: model('2'), before: model('1') },
      {
        kind: 'rolled-back',
        model: model('3'),
        cause: 'errors',
        reason: "9 of 40 requests failed, and 0 of 360 requests of the champion's",
      },
    ] as const
    for (const line of lines) assert.ok(text.includes(`\n${describeRolloutEvent(line)}\n`))
  })

  test('shows a program that runs', async () => {
    const [, program] = /```ts\n([^]*?)```/.exec(text)!
    const plain = stripTypeScriptTypes(program!.replaceAll(/^import .*$/gm, ''))
    const names = ['openPredictor', 'createModelSlots', 'createServingApp']
    // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-type-assertion -- the documentation's own text
    const swap = new Function(...names, `${plain}; return swap('first', 'second')`) as (
      ...values: readonly unknown[]
    ) => Promise<{
      models: ReturnType<typeof createModelSlots>
      app: ReturnType<typeof createServingApp>
    }>
    const open = (digest: string): Promise<Predictor> => Promise.resolve({ ...predictor, digest })
    const { models, app } = await swap(open, createModelSlots, createServingApp)
    assert.deepEqual(models.champion().identity, { name: 'loans', version: '2', digest: 'second' })
    const { payload } = await app.inject({ path: '/health/ready' })
    assert.equal((JSON.parse(payload) as { model: { version: string } }).model.version, '2')
    await app.close()
  })
})
