import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openCheckpoint } from '../../src/project/checkpoint-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

test('a checkpoint is there for the next process until the fit is done', () => {
  const folder = makeScratchFolder()
  const first = openCheckpoint(folder, 'neural')
  assert.equal(first.last, undefined)
  first.write(Uint8Array.of(1, 2))
  first.write(Uint8Array.of(3))
  const second = openCheckpoint(folder, 'neural')
  assert.deepEqual([...second.last!], [3])
  assert.deepEqual(readdirSync(join(folder, '.mlpt')), ['checkpoint-neural'])
  assert.equal(openCheckpoint(folder, 'boosting').last, undefined)
  second.remove()
  assert.equal(openCheckpoint(folder, 'neural').last, undefined)
})

test('one that cannot be read is none, one that cannot be written is an error with its path', () => {
  const folder = makeScratchFolder()
  mkdirSync(join(folder, 'a/.mlpt/checkpoint-neural'), { recursive: true })
  assert.equal(openCheckpoint(join(folder, 'a'), 'neural').last, undefined)
  writeFileSync(join(folder, 'b'), '')
  assert.throws(() => openCheckpoint(join(folder, 'b'), 'neural').write(Uint8Array.of(1)), {
    code: 'FILE_WRITE_FAILED',
    message: /checkpoint-neural/,
  })
})
