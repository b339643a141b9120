import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import type { Config } from '../../src/pipeline/config/config.ts'
import {
  emptyConfigDocument,
  type ConfigDocument,
} from '../../src/pipeline/config/config-document.ts'
import {
  parseOptionName,
  renameSection,
  setOption,
  unsetOption,
  withoutSection,
} from '../../src/pipeline/config/edit-config.ts'
import { formatConfig } from '../../src/pipeline/config/format-config.ts'
import { mergeConfig } from '../../src/pipeline/config/merge-config.ts'
import { parseConfig } from '../../src/pipeline/config/parse-config.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'

describe('a config file is read as DVC reads it', () => {
  test('names lose their case, quotes go, lists join, paths become absolute', () => {
    const { sections, remotes } = read(`
[CORE]   # the heart
    Remote = "Store"
    AUTOSTAGE = True
[cache]
type = hardlink, copy   # first what is fast
dir = ../../cache
['remote "Store"']
url = ../data # beside it
jobs = +1_0
[remote "s3"]
url = s3://bucket/a
region = 'eu west'
`)
    assert.deepEqual(plain({ sections, remotes }), {
      sections: {
        core: { remote: 'store', autostage: 'true' },
        cache: { type: 'hardlink,copy', dir: '/cache' },
      },
      remotes: {
        store: { url: '/repo/data', jobs: '10' },
        s3: { url: 's3://bucket/a', region: 'eu west' },
      },
    })
  })

  test('a value may be empty, hold a hash in quotes, go over lines, or refer to its neighbours', () => {
    const { sections } = read(`[core]
site_cache_dir =
[plots]
html_template = "a # b"
out_dir = '''one
two'''
[hydra]
config_name = base
plugins_path = x/%(config_name)s/y 100%
`)
    assert.deepEqual(plain({ sections }), {
      sections: {
        core: { site_cache_dir: '' },
        plots: { html_template: 'a # b', out_dir: 'one\ntwo' },
        hydra: { config_name: 'base', plugins_path: 'x/base/y 100%' },
      },
    })
  })

  test('later layers win option by option, and their paths are relative to their own folders', () => {
    const problems = createProblems()
    const config = mergeConfig(
      [
        layer('[\'remote "a"\']\nurl = one\ntype = copy\n', '/global', problems),
        layer('[\'remote "a"\']\nurl = two\n[core]\nremote = a\n', '/repo/.dvc', problems),
      ],
      problems,
    )
    problems.check()
    assert.deepEqual(plain(config), {
      sections: { core: { remote: 'a' } },
      remotes: { a: { url: '/repo/.dvc/two', type: 'copy' } },
    })
  })

  test('~ is the home folder', () => {
    assert.equal(read('[cache]\ndir = ~/c\n').sections.get('cache')?.get('dir'), '/home/u/c')
  })

  test('a remote of a remote takes any option, which is looked at when it is used', () => {
    const { remotes } = read('[\'remote "a"\']\nurl = remote://b/sub\nanything = 1\n')
    assert.equal(remotes.get('a')?.get('anything'), '1')
  })
})

describe('what DVC would refuse is refused, all of it at once, with its place', () => {
  test('unknown sections, doubles, broken lines, remotes without a URL or of an unknown scheme', () => {
    const error = refusal(`[cor]
remote = a
[core]
autostage = true
autostage = true
garbage
['remote "x"']
region = here
['remote "y"']
url = foo://bar
[core]
`)
    assert.deepEqual(problemLines(error), [
      ".dvc/config:10:1: the URL of remote 'y' starts with 'foo://'",
      ".dvc/config:11:1: the section 'core' is there twice",
      ".dvc/config:1:1: unknown section 'cor'",
      ".dvc/config:5:1: the option 'autostage' is there twice",
      '.dvc/config:6:1: this line is neither a section nor an option',
      ".dvc/config:7:1: the remote 'x' has no 'url'",
    ])
  })

  test('what an option holds', () => {
    const error = refusal(`[core]
autostage = yes
checksum_jobs = 0
remot = a
[cache]
type = link
shared = all
['remote "y"']
url = s3://b
jobs = many
read_timeout = 1.5
cache_regions = true
gdrive_client_id = x
[hydra]
config_dir = a
config_module = b
`)
    assert.deepEqual(problemLines(error), [
      ".dvc/config:10:1: 'remote.y.jobs' is 'many', expected an integer from 1 up",
      ".dvc/config:11:1: 'remote.y.read_timeout' is '1.5', expected an integer",
      ".dvc/config:12:1: 'remote.y.cache_regions' is 'true', expected nothing: DVC refuses every value of it",
      ".dvc/config:13:1: unknown option 'remote.y.gdrive_client_id'",
      ".dvc/config:16:1: 'hydra.config_module' and 'hydra.config_dir' exclude each other",
      ".dvc/config:2:1: 'core.autostage' is 'yes', expected true or false",
      ".dvc/config:3:1: 'core.checksum_jobs' is '0', expected an integer from 1 up",
      ".dvc/config:4:1: unknown option 'core.remot'",
      ".dvc/config:6:1: 'cache.type' is 'link', expected a list of reflink, hardlink, symlink, copy",
      ".dvc/config:7:1: 'cache.shared' is 'all', expected 'group'",
    ])
    assert.match(error.message, /core\.remot' \(did you mean 'remote'\?\)/)
  })

  for (const [what, text, problem] of [
    ['an option before any section', 'a = 1\n', /:1:1: 'a' stands before any section/],
    ['brackets that do not match', '[[core]\n', /:1:1: the brackets around 'core' do not match/],
    ['a section too deep', '[[core]]\n', /:1:1: the section 'core' is nested too deep/],
    ['a section in one that has none', '[core]\n[[a]]\n', /:2:1: 'core' has no sections in it/],
    ['an open quote', '[core]\nremote = "a\n', /:2:1: the value of 'remote' cannot be read/],
    ['an open triple quote', "[core]\nremote = '''a\nb\n", /:2:1: the value of 'remote' cannot/],
    ['a list where one value stands', '[core]\nremote = a, b\n', /'core.remote' is a list of 2/],
    ['a reference to nothing', '[core]\nremote = %(x)s\n', /'remote' refers to 'x', which is not/],
    ['a reference to itself', '[core]\nremote = %(remote)s\n', /refers to itself/],
    ['a remote without a name', '[remote]\nurl = a\n', /:1:1: this section 'remote' has no name/],
  ] as const) {
    test(what, () => assert.match(refusal(text).message, problem))
  }

  test('no message shows a secret, wherever the mistake is', () => {
    const secret = 'hunter2'
    for (const text of [
      `['remote "s"']\nurl = s3://b\nsecret_access_key = "${secret}\n`,
      `['remote "s"']\nurl = s3://b\nsecret_access_key = ${secret}, x\n`,
      `['remote "s"']\nurl = s3://b\nsecret_acces_key = ${secret}\n`,
      `['remote "s"']\nurl = s3://b\nsecret_access_key ${secret}\n`,
      `['remote "s"']\nurl = foo://u:${secret}@b\n`,
      `['remote "s"']\nurl = s3://b\nsession_token = %(${secret.slice(0, 3)})s${secret}\n`,
    ]) {
      const error = refusal(text)
      assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.details]), /hunter2/)
    }
  })

  test('no text makes it throw anything else', () => {
    const piece = fc.constantFrom(
      '[core]',
      '[',
      ']',
      '"',
      "'",
      "'''",
      '"""',
      '=',
      ',',
      '#',
      '%(a)s',
      '\n',
      ' ',
      'a',
      'remote',
      '\u2028',
      '\r\n',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          read(text)
        } catch (error) {
          assert.ok(error instanceof ToolkitError, String(error))
        }
      }),
    )
  })
})

describe('a config file is written as DVC writes it, and its comments stay', () => {
  test('order, indent and quotes are DVC’s; comments keep their places', () => {
    const document = parse(`# about this file

# about a
['remote "a"']  # far away
url=/a
  # the end of a
[core]
# which
remote=a # this one
`)
    assert.equal(
      formatConfig(document),
      `# about this file

[core]
    # which
    remote = a    # this one
# about a
['remote "a"']    # far away
    url = /a
    # the end of a
`,
    )
  })

  test('an option changes in its place, a new one comes last, a new section after the others', () => {
    const document = parse('[cache]\ntype = copy\ndir = a\n')
    const changed = [
      ['cache.type', 'symlink,copy'],
      ['cache.shared', 'group'],
      ['core.remote', 'x'],
    ].reduce(
      (one, [name = '', value = '']) => setOption(one, parseOptionName(name), value),
      document,
    )
    assert.equal(
      formatConfig(changed),
      '[cache]\n    type = "symlink,copy"\n    dir = a\n    shared = group\n[core]\n    remote = x\n',
    )
  })

  test('an option goes, its comments do not, and an empty section goes too', () => {
    const document = parse(
      '[core]\n# why\nremote = a # note\nautostage = true\n[cache]\n# here\ndir = x\n',
    )
    const without = ['core.remote', 'cache.dir'].reduce(
      (one, name) => unsetOption(one, parseOptionName(name)),
      document,
    )
    assert.equal(
      formatConfig(without),
      '[core]\n    # why\n    # note\n    autostage = true\n# here\n',
    )
  })

  test('a remote goes or is renamed, and what is said of it stays', () => {
    const document = parse(
      '# first\n[\'remote "a"\']\n# where\nurl = /a # n\n[\'remote "b"\']\nurl = /b\n',
    )
    const a = { group: 'remote', name: 'a' } as const
    assert.equal(
      formatConfig(withoutSection(document, a)),
      '[\'remote "b"\']\n    url = /b\n# first\n# where\n# n\n',
    )
    assert.equal(
      formatConfig(renameSection(document, a, 'z')),
      '[\'remote "b"\']\n    url = /b\n# first\n[\'remote "z"\']\n    # where\n    url = /a    # n\n',
    )
  })

  test('what is not there cannot be unset, and the nearest is named', () => {
    assert.throws(() => unsetOption(parse('[core]\nremote = a\n'), parseOptionName('core.remot')), {
      code: 'CONFIG_INVALID',
      message: "'core.remot' is not set in this file",
      hint: "did you mean 'core.remote'?",
    })
  })

  test('blanks at the ends come back, those that only Unicode knows too', () => {
    for (const value of [' a', 'a\t', '\u2000', '\u00a0a', 'a\u3000']) {
      const document = setOption(emptyConfigDocument, parseOptionName('plots.out_dir'), value)
      const again = parseConfig(written(document) ?? '', 'x', createProblems())
      assert.equal(again.sections[0]?.options[0]?.value, value)
    }
  })

  test('any value reads back as it was, or is refused', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.constantFrom('a', ' ', '"', "'", ',', '#', '%', '(', ')', 's', '\n', '='),
      }),
    )
    fc.assert(
      fc.property(texts, (value) => {
        const document = setOption(emptyConfigDocument, parseOptionName('plots.out_dir'), value)
        const text = written(document)
        fc.pre(text !== undefined)
        const problems = createProblems()
        const again = parseConfig(text, 'x', problems)
        // References and line ends are checked by whoever writes the file.
        fc.pre(
          problems.count === 0 && !/%\([^)]*\)s|[\r\v\f\u0085\u2028\u2029]|'''|"""/.test(value),
        )
        assert.equal(again.sections[0]?.options[0]?.value, value)
      }),
    )
  })

  test('every comment of any file is in what is written', () => {
    const line = fc.constantFrom(
      '',
      '# a',
      '  # b',
      '[core]',
      '[\'remote "r"\']',
      'url = /x',
      '  jobs = 1 # c',
      'remote = r',
      '[cache] # d',
      '#',
      '\t# e',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const problems = createProblems()
        const document = parseConfig(lines.join('\n'), 'x', problems)
        fc.pre(problems.count === 0)
        const text = formatConfig(document)
        const count = (all: string): number => all.split('#').length - 1
        assert.ok(count(text) >= count(lines.join('\n')) - notes(document), text)
        assert.equal(formatConfig(parse(text)), text, 'writing again changes nothing')
      }),
    )
  })

  test('a name of an option is section.option or remote.name.option', () => {
    assert.deepEqual(parseOptionName('remote.S.URL'), {
      group: 'remote',
      section: 's',
      option: 'url',
    })
    assert.deepEqual(parseOptionName('core.remote'), {
      group: undefined,
      section: 'core',
      option: 'remote',
    })
    for (const name of ['core', 'a.b.c', 'Remote.a.url', 'remote.a.b.url', '']) {
      assert.throws(() => parseOptionName(name), { code: 'CLI_USAGE' })
    }
  })
})

/** Comments on the lines of sections that DVC drops. */
function notes({ sections }: ConfigDocument): number {
  return sections.filter(
    ({ group, options, note }) => group === undefined && options.length === 0 && note !== '',
  ).length
}

function written(document: ConfigDocument): string | undefined {
  try {
    return formatConfig(document)
  } catch (error) {
    assert.ok(error instanceof ToolkitError && error.code === 'CONFIG_INVALID')
    return undefined
  }
}

function parse(text: string): ConfigDocument {
  const problems = createProblems()
  const document = parseConfig(text, '.dvc/config', problems)
  problems.check()
  return document
}

function layer(
  text: string,
  folder: string,
  problems: ReturnType<typeof createProblems>,
): Parameters<typeof mergeConfig>[0][number] {
  return { document: parseConfig(text, '.dvc/config', problems), folder, home: '/home/u' }
}

function read(text: string): Config {
  const problems = createProblems()
  const config = mergeConfig([layer(text, '/repo/.dvc', problems)], problems)
  problems.check()
  return config
}

function refusal(text: string): ToolkitError {
  try {
    read(text)
  } catch (error) {
    if (error instanceof ToolkitError) return error
    throw error
  }
  return assert.fail(`it was taken: ${text}`)
}

function problemLines({ details }: ToolkitError): string[] {
  const problems = details['problems'] as readonly { readonly message: string }[]
  return problems.map(({ message }) => message).toSorted()
}

function plain(config: Partial<Config>): unknown {
  const toObject = (map: ReadonlyMap<string, ReadonlyMap<string, string>>): unknown =>
    Object.fromEntries(Array.from(map, ([name, options]) => [name, Object.fromEntries(options)]))
  return Object.fromEntries(Object.entries(config).map(([key, map]) => [key, toObject(map)]))
}
