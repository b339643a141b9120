import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { nameRun } from '../../src/pipeline/cache/run-cache-key.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import type { YamlValue } from '../../src/pipeline/yaml/yaml-value.ts'
import { compareWithRemote } from '../../src/pipeline/remote/compare-objects.ts'
import { fetchObjects } from '../../src/pipeline/remote/fetch-objects.ts'
import { objectKey } from '../../src/pipeline/remote/object-key.ts'
import { pushObjects } from '../../src/pipeline/remote/push-objects.ts'
import type { Remote } from '../../src/pipeline/remote/remote.ts'
import { fetchRuns, pushRuns } from '../../src/pipeline/remote/transfer-runs.ts'
import { summarizeProblems } from '../../src/pipeline/remote/transfer.ts'
import { damage, keyOf, labels, listFiles, makeWorld, md5Of, put } from './transfer-world.ts'

describe('push', () => {
  test('sends what the remote lacks, once, and then nothing', async () => {
    await using world = makeWorld()
    const wanted = [world.file('a'), world.folder({ 'x/1': 'one', 'x/2': 'two', again: 'a' })]
    assert.deepEqual(labels(await world.push(wanted)), ['a', 'data', 'data/x/1', 'data/x/2'])
    assert.deepEqual(labels(await world.push(wanted)), [])
    assert.deepEqual(listFiles(world.store), listFiles(world.cacheRoot))
  })

  test('sends the manifest after all files, so that it never promises what is not there', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one', 2: 'two' })
    const order: string[] = []
    await pushObjects([data], watching(world.remote, order), { cache: world.cache })
    assert.equal(order.at(-1), objectKey(data))
    assert.equal(order.length, 3)
  })

  test('sends a file that the remote lost although its manifest is there', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one', 2: 'two' })
    await world.push([data])
    world.lose('one')
    assert.deepEqual(labels(await world.push([data])), ['data/1'])
  })

  test('without a file sends the others, not the manifest, and names what is missing', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one', 2: 'two' })
    rmSync(join(world.cacheRoot, keyOf('one')))
    const { transferred, problems } = await world.push([data])
    assert.deepEqual(
      transferred.map(({ label }) => label),
      ['data/2'],
    )
    assert.deepEqual(
      problems.map(({ code, details }) => [code, details['label']]),
      [['CACHE_OBJECT_MISSING', 'data/1']],
    )
    assert.ok(!existsSync(join(world.store, objectKey(data))))
  })

  test('keeps a damaged object here, whatever its mode', async () => {
    await using world = makeWorld()
    const good = world.file('good')
    const bad = world.file('bad')
    damage(join(world.cacheRoot, objectKey(bad)))
    const { transferred, problems } = await world.push([bad, good])
    assert.deepEqual(
      transferred.map(({ label }) => label),
      ['good'],
    )
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['CACHE_OBJECT_DAMAGED'],
    )
    assert.match(problems[0]?.message ?? '', /^'bad': the cache's object .* is damaged/)
    assert.ok(!existsSync(join(world.store, objectKey(bad))))
  })

  test('sends a part of a folder, and its manifest only when the rest is there', async () => {
    await using world = makeWorld()
    const data = world.folder({ 'x/1': 'one', 'y/2': 'two' })
    assert.deepEqual(labels(await world.push([{ ...data, within: 'x' }])), ['data/x/1'])
    assert.deepEqual(labels(await world.push([{ ...data, within: 'y/2' }])), ['data', 'data/y/2'])
  })

  test('that is cut off keeps what it has sent, and the next one sends only the rest', async () => {
    await using world = makeWorld()
    const texts = Array.from({ length: 20 }, (_, i) => `file ${i}`)
    const data = world.folder(
      Object.fromEntries(texts.map((text, i) => [String(i).padStart(2, '0'), text])),
    )
    const failing = failingAfter(world.remote, 7)
    await assert.rejects(pushObjects([data], failing, { cache: world.cache }), {
      code: 'REMOTE_UNAVAILABLE',
    })
    const sent = listFiles(world.store).length
    assert.ok(sent >= 7 && sent < 20, `${sent} were sent`)
    assert.equal(labels(await world.push([data])).length, 21 - sent)
  })

  test('sends objects of DVC 2 to their own place', async () => {
    await using world = makeWorld()
    const old = world.legacy('a\r\nb\r\n')
    assert.deepEqual(labels(await world.push([old])), ['old'])
    assert.ok(existsSync(join(world.store, objectKey(old))))
    assert.ok(!objectKey(old).startsWith('files/'))
    damage(join(world.cacheRoot, objectKey(old)))
    rmSync(join(world.store, objectKey(old)), { force: true })
    assert.equal((await world.push([old])).problems[0]?.code, 'CACHE_OBJECT_DAMAGED')
  })

  test('ends with the reason of its signal', async () => {
    await using world = makeWorld()
    const wanted = Array.from({ length: 50 }, (_, i) => world.file(`file ${i}`))
    const controller = new AbortController()
    const report = (): void => controller.abort(new Error('enough'))
    const options = { cache: world.cache, signal: controller.signal, report }
    await assert.rejects(pushObjects(wanted, world.remote, options), /enough/)
    assert.ok(listFiles(world.store).length < 50)
  })

  test('tells how far it is', async () => {
    await using world = makeWorld()
    const seen: string[] = []
    const report = ({
      done,
      total,
      sizeBytes,
    }: {
      done: number
      total: number
      sizeBytes: number
    }): void => {
      seen.push(`${done}/${total} ${sizeBytes}`)
    }
    await pushObjects([world.file('abc'), world.file('abcd')], world.remote, {
      cache: world.cache,
      report,
    })
    assert.equal(seen.at(-1), '2/2 7')
  })
})

describe('fetch', () => {
  test('brings what the cache lacks, read-only, once, and then nothing', async () => {
    await using world = makeWorld()
    const wanted = [world.file('a'), world.folder({ 'x/1': 'one', 'x/2': 'two' })]
    await world.push(wanted)
    const before = listFiles(world.cacheRoot)
    world.emptyCache()
    assert.deepEqual(labels(await world.fetch(wanted)), ['a', 'data', 'data/x/1', 'data/x/2'])
    assert.deepEqual(listFiles(world.cacheRoot), before)
    for (const path of before)
      assert.equal(statSync(join(world.cacheRoot, path)).mode & 0o777, 0o444)
    assert.deepEqual(labels(await world.fetch(wanted)), [])
  })

  test('does not take a damaged object, names it, and takes all others; their manifest stays out', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one', 2: 'two' })
    await world.push([data, world.file('c')])
    world.emptyCache()
    damage(join(world.store, keyOf('one')))
    const { transferred, problems } = await world.fetch([data, world.wanted('c')])
    assert.deepEqual(transferred.map(({ label }) => label).sort(), ['c', 'data/2'])
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['REMOTE_OBJECT_DAMAGED'],
    )
    assert.match(
      problems[0]?.message ?? '',
      /^'data\/1': 'files\/md5\/.*' in '.*' is damaged: its MD5 is/,
    )
    assert.deepEqual(listFiles(world.cacheRoot), [keyOf('c'), keyOf('two')].sort())
    assert.ok(existsSync(join(world.store, keyOf('one'))), 'the remote is left as it is')
  })

  test('names what the remote lacks, and takes the rest', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one', 2: 'two' })
    await world.push([data])
    world.lose('two')
    world.emptyCache()
    const { problems } = await world.fetch([data, world.wanted('nowhere')])
    assert.deepEqual(
      problems.map(({ code, details }) => [code, details['label']]),
      [
        ['REMOTE_OBJECT_MISSING', 'data/2'],
        ['REMOTE_OBJECT_MISSING', 'nowhere'],
      ],
    )
    assert.deepEqual(listFiles(world.cacheRoot), [keyOf('one')])
  })

  test('replaces an object of the cache that is no longer what its name says', async () => {
    await using world = makeWorld()
    const file = world.file('a')
    await world.push([file])
    const path = join(world.cacheRoot, objectKey(file))
    chmodSync(path, 0o644)
    writeFileSync(path, 'changed')
    assert.deepEqual(labels(await world.fetch([file])), ['a'])
    assert.equal(readFileSync(path, 'utf8'), 'a')
  })

  for (const path of ['../x', 'a/../../x', '/etc/passwd', '..']) {
    test(`refuses a manifest that names ${path}`, async () => {
      await using world = makeWorld()
      const text = `[{"md5": "${md5Of('one')}", "relpath": ${JSON.stringify(path)}}]`
      const md5 = `${md5Of(text)}.dir`
      put(join(world.store, objectKey({ md5, isLegacy: false })), text)
      put(join(world.store, keyOf('one')), 'one')
      const { problems } = await world.fetch([{ md5, isLegacy: false, label: 'data' }])
      assert.deepEqual(
        problems.map(({ code }) => code),
        ['PATH_FORBIDDEN'],
      )
      assert.deepEqual(listFiles(world.cacheRoot), [])
    })
  }

  test('refuses a manifest whose content is another', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one' })
    await world.push([data])
    world.emptyCache()
    damage(join(world.store, objectKey(data)))
    const { problems } = await world.fetch([data])
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['REMOTE_OBJECT_DAMAGED'],
    )
    assert.deepEqual(listFiles(world.cacheRoot), [])
  })

  test('brings a part of a folder', async () => {
    await using world = makeWorld()
    const data = world.folder({ 'x/1': 'one', 'xy/2': 'two' })
    await world.push([data])
    world.emptyCache()
    assert.deepEqual(labels(await world.fetch([{ ...data, within: 'x' }])), ['data', 'data/x/1'])
  })

  test('brings objects of DVC 2, and refuses damaged ones', async () => {
    await using world = makeWorld()
    const old = world.legacy('a\r\nb\r\n')
    await world.push([old])
    world.emptyCache()
    assert.deepEqual(labels(await world.fetch([old])), ['old'])
    world.emptyCache()
    damage(join(world.store, objectKey(old)))
    assert.equal((await world.fetch([old])).problems[0]?.code, 'REMOTE_OBJECT_DAMAGED')
  })

  test('that is cut off keeps what it has, and the next one brings only the rest', async () => {
    await using world = makeWorld()
    const wanted = Array.from({ length: 20 }, (_, i) => world.file(`file ${i}`))
    await world.push(wanted)
    world.emptyCache()
    const failing = failingAfter(world.remote, 7)
    await assert.rejects(fetchObjects(wanted, failing, { cache: world.cache }), {
      code: 'REMOTE_UNAVAILABLE',
    })
    const brought = listFiles(world.cacheRoot).length
    assert.ok(brought >= 7 && brought < 20, `${brought} were brought`)
    assert.equal(labels(await world.fetch(wanted)).length, 20 - brought)
  })
})

describe('comparing', () => {
  test('tells for every file which side has it', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one', 2: 'two', 3: 'three' })
    const both = world.file('both')
    await world.push([data, both])
    world.lose('one')
    rmSync(join(world.cacheRoot, keyOf('two')))
    const differences = await compareWithRemote(
      [data, both, world.file('here'), world.wanted('nowhere')],
      world.remote,
      { cache: world.cache },
    )
    assert.deepEqual(
      differences.map(({ label, state }) => [label, state]),
      [
        ['data/1', 'new'],
        ['data/2', 'deleted'],
        ['here', 'new'],
        ['nowhere', 'missing'],
      ],
    )
  })

  test('reads a manifest from the remote when the cache lacks it, and leaves the cache alone', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one' })
    await world.push([data])
    world.emptyCache()
    const differences = await compareWithRemote([data], world.remote, { cache: world.cache })
    assert.deepEqual(
      differences.map(({ label, state }) => [label, state]),
      [
        ['data', 'deleted'],
        ['data/1', 'deleted'],
      ],
    )
    assert.deepEqual(listFiles(world.cacheRoot), [])
  })
})

describe('the run cache', () => {
  const entry = new Map<string, YamlValue>([
    ['cmd', 'x'],
    [
      'outs',
      [
        new Map([
          ['path', 'a'],
          ['hash', 'md5'],
          ['md5', md5Of('a')],
        ]),
      ],
    ],
  ])
  const { key, value } = nameRun(entry)
  const run = `runs/${key.slice(0, 2)}/${key}/${value}`

  test('goes both ways, once', async () => {
    await using world = makeWorld()
    put(join(world.cacheRoot, run), formatYaml(entry))
    assert.deepEqual(await pushRuns(world.remote, { cache: world.cache }), [run])
    assert.deepEqual(await pushRuns(world.remote, { cache: world.cache }), [])
    world.emptyCache()
    const { keys, problems } = await fetchRuns(world.remote, { cache: world.cache })
    assert.deepEqual({ keys, problems }, { keys: [run], problems: [] })
    assert.deepEqual((await fetchRuns(world.remote, { cache: world.cache })).keys, [])
    assert.equal(readFileSync(join(world.cacheRoot, run), 'utf8'), formatYaml(entry))
    assert.equal(statSync(join(world.cacheRoot, run)).mode & 0o777, 0o644)
  })

  test('an entry that is not what its name says is named and not taken', async () => {
    await using world = makeWorld()
    for (const text of ['cmd: other\nouts: []\n', 'cmd: [', '']) {
      put(join(world.store, run), text)
      const { keys, problems } = await fetchRuns(world.remote, { cache: world.cache })
      assert.deepEqual([keys, problems.map(({ code }) => code)], [[], ['REMOTE_OBJECT_DAMAGED']])
      assert.deepEqual(listFiles(world.cacheRoot), [])
      rmSync(join(world.store, run))
    }
  })

  test('anything else below runs/ stays where it is', async () => {
    await using world = makeWorld()
    const odd = [
      'runs/x',
      `runs/cd/ab${'0'.repeat(62)}/${'1'.repeat(64)}`,
      `runs/ab/ab${'0'.repeat(62)}/x`,
    ]
    for (const path of odd) put(join(world.store, path), 'x')
    const { keys, problems } = await fetchRuns(world.remote, { cache: world.cache })
    assert.deepEqual({ keys, problems }, { keys: [], problems: [] })
  })
})

test('several problems become one error that names the first ten', () => {
  const problems = Array.from(
    { length: 12 },
    (_, i) => new ToolkitError('REMOTE_OBJECT_MISSING', `no ${i}`),
  )
  assert.equal(summarizeProblems([]), undefined)
  assert.equal(summarizeProblems(problems.slice(0, 1))?.message, 'no 0')
  assert.match(
    summarizeProblems(problems)?.message ?? '',
    /^12 objects failed:\n {2}no 0[^]*no 9\n {2}and 2 more$/,
  )
})

function watching(remote: Remote, order: string[]): Remote {
  return {
    ...remote,
    upload: async (source, key, options) => {
      const size = await remote.upload(source, key, options)
      order.push(key)
      return size
    },
  }
}

/** Works for so many transfers, then is gone. */
function failingAfter(remote: Remote, count: number): Remote {
  let left = count
  const check = (): void => {
    if (left-- <= 0) throw new ToolkitError('REMOTE_UNAVAILABLE', 'gone')
  }
  return {
    ...remote,
    upload: async (...args) => {
      check()
      return remote.upload(...args)
    },
    download: async (...args) => {
      check()
      return remote.download(...args)
    },
  }
}
