import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReservedName } from '../../src/core/reserved-name.ts'

test('a name is reserved that some file system takes for a folder of git or dvc', () => {
  for (const name of [
    '.git',
    '.GIT',
    '.gIt',
    '.g\u200cit',
    '\ufeff.git',
    'GIT~1',
    '.git. ',
    '.git...',
  ]) {
    assert.equal(readReservedName(name), '.git', JSON.stringify(name))
  }
  assert.equal(readReservedName('.Hg'), '.hg')
  assert.equal(readReservedName('.dV\u200fc'), '.dvc')
})

test('names beside them are free', () => {
  for (const name of [
    'git',
    '.github',
    '.gitignore',
    'x.git',
    ' .git',
    '.dvcignore',
    'é',
    'git~',
    '',
  ]) {
    assert.equal(readReservedName(name), undefined, JSON.stringify(name))
  }
})
