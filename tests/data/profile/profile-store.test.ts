import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findProfile, keepProfile } from '../../../src/data/profile/profile-store.ts'
import type { Profile } from '../../../src/data/profile/profile.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const scratch = makeScratchFolder()
const profile: Profile = { format: 'mlpt.profile/1', rows: 3, columns: [] }

test('a profile is found again by the data and what decides its reading, in whatever order that is said', async () => {
  const folder = join(scratch, 'keys')
  const reading = { decimal: ',', separator: ';' } as const
  await keepProfile(folder, { md5: 'a', reading, columns: ['x', 'y'] }, profile)
  const turned = { separator: ';', decimal: ',' } as const
  assert.deepEqual(findProfile(folder, { md5: 'a', reading: turned, columns: ['y', 'x'] }), profile)
  for (const other of [
    { md5: 'b', reading, columns: ['x', 'y'] },
    { md5: 'a', reading: { separator: ';' }, columns: ['x', 'y'] },
    { md5: 'a', reading, columns: ['x'] },
    { md5: 'a', reading },
  ]) {
    assert.equal(findProfile(folder, other), undefined)
  }
})

test('of very many profiles the newest are kept', async () => {
  const folder = join(scratch, 'many')
  mkdirSync(folder)
  for (let i = 0; i < 100; i++) writeFileSync(join(folder, `${i}.json`), '')
  await keepProfile(folder, { md5: 'a' }, profile)
  assert.equal(readdirSync(folder).length, 50)
  assert.deepEqual(findProfile(folder, { md5: 'a' }), profile)
})

test('where nothing can be written, nothing is kept and nothing fails', async () => {
  const file = join(scratch, 'file')
  writeFileSync(file, '')
  await keepProfile(join(file, 'below'), { md5: 'a' }, profile)
  assert.equal(findProfile(join(file, 'below'), { md5: 'a' }), undefined)
})
