import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readIgnoreRules } from '../../src/pipeline/repository/ignore-file.ts'
import {
  createKnownGitRules,
  isIgnoredByGit,
} from '../../src/pipeline/repository/git-rules-file.ts'
import { ignoreOutput } from '../../src/pipeline/repository/gitignore-file.ts'
import { parseIgnorePattern } from '../../src/pipeline/repository/ignore-pattern.ts'
import { makeCacheFolder, type CacheFolder } from './cache-folder.ts'

describe('.dvcignore', () => {
  test('patterns of the root and of nested files add up, and the last that matches decides', () => {
    using folder = makeCacheFolder({
      '.dvcignore': '# rubbish\n*.log\n  !keep.log  \n/build/\n',
      'a/.dvcignore': 'x\n/only\n!special.log\n',
    })
    assert.deepEqual(
      ignoredOf(folder, [
        'b.log',
        'keep.log',
        'build/',
        'build',
        'a/build/',
        'a/x',
        'x',
        'a/b/x',
        'a/only',
        'a/b/only',
        'a/special.log',
        'special.log',
      ]),
      ['b.log', 'build/', 'a/x', 'a/b/x', 'a/only', 'special.log'],
    )
  })

  test('what belongs to git, mercurial and dvc is ignored without any file', () => {
    using folder = makeCacheFolder({ 'sub/.dvc/config': '', 'sub/data.csv': '' })
    assert.deepEqual(
      ignoredOf(folder, [
        '.git',
        '.git/',
        '.hg/',
        '.hg',
        '.dvc/',
        'a/.dvc/',
        'a.dvc',
        'sub/',
        'sub/data.csv',
      ]),
      ['.git', '.git/', '.hg/', '.dvc/', 'a/.dvc/', 'sub/', 'sub/data.csv'],
    )
  })

  test('what lies in an ignored folder cannot be brought back, and a file in there says nothing', () => {
    using folder = makeCacheFolder({
      '.dvcignore': 'secret\n!secret/open\n',
      'secret/.dvcignore': '!*\n',
    })
    assert.deepEqual(ignoredOf(folder, ['secret/', 'secret/open']), ['secret/', 'secret/open'])
  })

  test('a pattern that is negated brings back what is below it too, which is not what git does', () => {
    using folder = makeCacheFolder({ '.dvcignore': '*.log\n!keep\n' })
    assert.deepEqual(ignoredOf(folder, ['keep/a.log', 'other/a.log']), ['other/a.log'])
  })

  test('outside of the repository nothing is ignored', () => {
    using folder = makeCacheFolder({ '.dvcignore': '*\n' })
    const rules = readIgnoreRules(folder.root)
    assert.equal(rules.isIgnored(`${folder.root}-other/a`, false), false)
    assert.equal(rules.isIgnored(folder.root, true), false)
    assert.equal(rules.isIgnored('/', true), false)
  })

  test('a file that is edited later is not read again, and none that nobody asks about', () => {
    using folder = makeCacheFolder({ 'a/.dvcignore': 'x', 'b/.dvcignore': '!' })
    const rules = readIgnoreRules(folder.root)
    assert.equal(rules.isIgnored(folder.path('a/x'), false), true)
    folder.write({ 'a/.dvcignore': '' })
    assert.equal(rules.isIgnored(folder.path('a/x'), false), true)
    assert.throws(() => rules.isIgnored(folder.path('b/x'), false), { code: 'PIPELINE_INVALID' })
  })

  test('the rule that decided is told with its place', () => {
    using folder = makeCacheFolder({ '.dvcignore': '*.log\n', 'd/.dvcignore': '\n!b.log\n' })
    const rules = readIgnoreRules(folder.root)
    const told = (name: string): unknown => {
      const rule = rules.explain(folder.path(name), false)
      return rule && `${rule.file}:${rule.line}:${rule.text}`
    }
    assert.equal(told('d/a.log'), '.dvcignore:1:*.log')
    assert.equal(told('d/b.log'), 'd/.dvcignore:2:!b.log')
    assert.equal(told('d/c.txt'), undefined)
  })

  test('what DVC cannot read is an error with every line', () => {
    using folder = makeCacheFolder({ '.dvcignore': 'fine\n!\nx\\\n[b-a]\n' })
    const rules = readIgnoreRules(folder.root)
    assert.throws(
      () => rules.isIgnored(folder.path('x'), false),
      (error: Error) => {
        assert.match(error.message, /\.dvcignore:2:1: '!'/)
        assert.match(error.message, /\.dvcignore:3:1: 'x\\'/)
        assert.match(error.message, /\.dvcignore:4:1: '\[b-a\]'/)
        assert.doesNotMatch(error.message, /fine/)
        return true
      },
    )
  })

  test('any text is a pattern, no pattern, or a SyntaxError, and any path gets an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, path) => {
        try {
          parseIgnorePattern(text)?.expression.test(path)
        } catch (error) {
          assert.ok(error instanceof SyntaxError)
        }
      }),
    )
  })
})

/** Those of the paths that are ignored; a slash at the end stands for a folder. */
function ignoredOf(folder: CacheFolder, names: readonly string[]): string[] {
  const rules = readIgnoreRules(folder.root)
  return names.filter((name) =>
    rules.isIgnored(join(folder.root, name).replace(/\/$/, ''), name.endsWith('/')),
  )
}

describe('known .gitignore rules', () => {
  test('are those of the files as they are now, however often these are asked and changed', () => {
    using folder = makeCacheFolder({ 'a/b/file': '' })
    const gitRoot = folder.root
    const names = ['one', 'two', 'a/one', 'a/b/two', 'a/b']
    const line = fc.constantFrom('one', '/two', 'two/', '!one', 'a', '/b', '*', '')
    const change = fc.record({ folder: fc.constantFrom('', 'a', 'a/b'), lines: fc.array(line) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
        const known = createKnownGitRules()
        for (const { folder: name, lines } of changes) {
          folder.write({ [join(name, '.gitignore')]: lines.join('\n') })
          for (const path of names) {
            const location = join(gitRoot, path)
            assert.equal(
              isIgnoredByGit(location, false, { gitRoot, known }),
              isIgnoredByGit(location, false, { gitRoot }),
            )
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  test('are not read again for the lines that a run adds itself', async () => {
    using folder = makeCacheFolder({ '.gitignore': 'known\n' })
    const known = createKnownGitRules()
    const add = async (name: string): Promise<boolean> =>
      ignoreOutput({ gitRoot: folder.root, known }, join(folder.root, name))
    assert.equal(await add('known'), false)
    const before = known.read(folder.root)
    assert.equal(await add('new'), true)
    assert.equal(await add('new'), false)
    assert.equal(known.read(folder.root), before)
    folder.write({ '.gitignore': 'other\n' })
    assert.equal(await add('other'), false)
  })
})
