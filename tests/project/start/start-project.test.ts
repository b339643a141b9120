/** `mlpt new`: from a table that nobody has described to a project that runs. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { classesOf, type ModelOutput } from '../../../src/core/predictor.ts'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { demoDataFolder, writeDemo } from '../../../src/project/demo-file.ts'
import { ingest } from '../../../src/project/ingest.ts'
import { loadProject } from '../../../src/project/project-file.ts'
import { readSummary } from '../../../src/project/summary.ts'
import { writeParameters } from '../../../src/project/start/parameters-text.ts'
import { startProject, type ProjectStart } from '../../../src/project/start/start-project-file.ts'
import { mlptArguments } from '../../mlpt-program.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { runStages } from '../run-stages.ts'
import { openHouse } from '../target-house.ts'

describe('a table becomes a project', () => {
  test('whose stages run to a champion', async () => {
    const directory = makeProjectFolder(drawLoans(300))
    const { project, files } = await start(directory, { target: 'late' })
    assert.deepEqual(files, ['project.ts', 'params.yaml', 'dvc.yaml', 'expectations/loans.json'])
    assert.equal(project.key, 'id')
    // The names of next month's rows, and of those that a training adds, are others.
    const suite = readFileSync(join(directory, 'expectations/loans.json'), 'utf8')
    const { expectations } = JSON.parse(suite) as {
      expectations: readonly { type: string; kwargs: { column?: string } }[]
    }
    assert.deepEqual(
      expectations.filter(({ kwargs }) => kwargs.column === 'id').map(({ type }) => type),
      ['be_in_type_list', 'not_be_null', 'be_unique'].map(
        (end) => `expect_column_values_to_${end}`,
      ),
    )
    const parameters = readFileSync(join(directory, 'params.yaml'), 'utf8')
    await using house = await openHouse(await loadProject(directory), directory, parameters)
    await runStages(house)
    const { verdict } = await readSummary(directory, 'loans', 0.95)
    assert.equal(verdict.decision, 'promoted')
  })

  test('whose rows are counted where no column names them', async () => {
    const plants = Array.from(
      { length: 90 },
      (_, i) => `${(i * 7) % 30},1,${['ash', 'oak'][i % 2]}`,
    )
    const directory = makeProjectFolder(`height,Row_Number,kind\n${plants.join('\n')}\n`)
    const { project } = await start(directory, { target: 'kind' })
    assert.deepEqual([project.key, project.isNumbered], ['row_number_', true])
    const { schema, sources, inputList } = await loadProject(directory)
    assert.deepEqual(Object.keys(schema.fields), ['row_number_', 'height', 'Row_Number', 'kind'])
    assert.deepEqual(
      inputList.map(({ name }) => name),
      ['height'],
    )
    assert.deepEqual(sources.at(-1), {
      kind: 'folder',
      path: '.',
      files: ['loans.csv'],
      read: { rowNumber: 'row_number_' },
    })
    const parameters = readFileSync(join(directory, 'params.yaml'), 'utf8')
    await using house = await openHouse(await loadProject(directory), directory, parameters)
    await ingest(house.context, undefined)
    assert.match(house.said.at(-1) ?? '', /^90 rows, content as pinned/)
  })

  test('in which a day names no row, but makes features', async () => {
    const days = Array.from({ length: 60 }, (_, i) =>
      new Date(86_400_000 * i).toISOString().slice(0, 10),
    )
    const rows = days.map((day, i) => `${day},${(i * i) % 47}.5\n`)
    const directory = makeProjectFolder(`day,sold\n${rows.join('')}`)
    const { project } = await start(directory, { target: 'sold' })
    assert.deepEqual([project.key, project.time], ['row_number', 'day'])
    const { inputList, time } = await loadProject(directory)
    assert.equal(time, 'day')
    assert.deepEqual(
      inputList.map(({ name }) => name),
      ['day'],
    )
  })

  test('of which a demo can be made, whatever its columns are called', async () => {
    const directory = makeProjectFolder('id,"age, in ""years""",late\n1,20,0\n2,30,1\n3,30,1\n')
    await start(directory, { target: 'late' })
    const to = makeScratchFolder()
    await writeDemo({ from: directory, to, rows: 20, seed: 1 })
    await using house = await openHouse(
      await loadProject(directory),
      to,
      readFileSync(join(to, 'params.yaml'), 'utf8'),
    )
    await ingest(house.context, join(to, demoDataFolder))
    assert.match(house.said.at(-1) ?? '', /^20 rows, content as pinned/)
  })

  test('whose only column is a text, which each model learns to tell apart', async () => {
    const rows = Array.from(
      { length: 120 },
      (_, i) => `${i},${['é', '😀', ' x'][i % 3]},${Number(i % 3 === 0)}`,
    )
    const directory = makeProjectFolder(`id,town,late\n${rows.join('\n')}\n`)
    await start(directory, { target: 'late' })
    const parameters = readFileSync(join(directory, 'params.yaml'), 'utf8')
    await using house = await openHouse(await loadProject(directory), directory, parameters)
    await runStages(house)
    const { models } = await readSummary(directory, 'loans', 0.95)
    assert.deepEqual(models.length, 2)
  })

  test('with a field and a use for each column, and a reason where there is no use', async () => {
    const directory = makeProjectFolder(drawLoans(100))
    await start(directory, { target: 'late' })
    const { schema, inputList, learned, sources } = await loadProject(directory)
    assert.deepEqual(schema.fields, {
      id: { type: 'integer' },
      // What no model takes may be missing, as it is in rows of the prediction log.
      name: { type: 'text', nullable: true },
      age: { type: 'integer' },
      income: { type: 'number', nullable: true },
      town: { type: 'text', nullable: true },
      since: { type: 'date' },
      seen: { type: 'datetime' },
      price: { type: 'text', nullable: true },
      constant: { type: 'integer', nullable: true },
      late: { type: 'boolean' },
    })
    assert.deepEqual(
      inputList.map(({ name }) => name),
      ['age', 'income', 'town', 'since', 'seen'],
    )
    assert.deepEqual(Object.keys(learned ?? {}), ['town_is'])
    assert.deepEqual(sources, [
      { kind: 'folder', path: 'data/incoming', files: ['loans.parquet'] },
      { kind: 'folder', path: '.', files: ['loans.csv'], read: { missing: ['NA'] } },
    ])
    const text = readFileSync(join(directory, 'project.ts'), 'utf8')
    for (const part of ['month', 'weekday', 'hour'])
      assert.ok(text.includes(`seen_${part}: feature.${part}(column('seen'))`), part)
    assert.match(text, /Not used: 'price', because its numbers are not written like 1234\.5\./)
  })

  test('in which a blank text is missing, as where data comes in, and no model takes what 32 bits do not hold', async () => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      [i, [' ', 'a', 'b'][i % 3], i % 9 === 0 ? 0.5 : `${i}e300`, i % 7, i % 2].join(),
    )
    const directory = makeProjectFolder(`id,town,far,age,late\n${rows.join('\n')}\n`)
    await start(directory, { target: 'late' })
    const { schema, inputList } = await loadProject(directory)
    assert.deepEqual(schema.fields['town'], { type: 'text', nullable: true })
    assert.deepEqual(
      inputList.map(({ name }) => name),
      ['town', 'age'],
    )
    const text = readFileSync(join(directory, 'project.ts'), 'utf8')
    assert.match(text, /Not used: 'far', because it has numbers beyond 32-bit floats\./)
  })

  test('of Parquet, whose NaN is missing, and of which no model takes what is nested or infinite', async () => {
    const directory = makeProjectFolder('')
    const file = join(directory, 'loans.parquet')
    using database = await openDatabase()
    await database.writeParquet(
      `SELECT i AS id, CASE WHEN i % 9 = 0 THEN 'NaN' ELSE i / 7 END::FLOAT AS income, [i] AS list,
         CASE WHEN i % 9 = 0 THEN 'inf' ELSE i / 7 END::DOUBLE AS far, i % 2 = 0 AS late FROM range(1, 61) AS t(i)`,
      file,
    )
    await start(directory, { file })
    const project = await loadProject(directory)
    assert.deepEqual(project.schema.fields['income'], { type: 'number', nullable: true })
    const text = readFileSync(join(directory, 'project.ts'), 'utf8')
    assert.match(text, /'list', because models take no BIGINT\[\]/)
    assert.match(text, /'far', because it has infinite numbers/)
    const parameters = readFileSync(join(directory, 'params.yaml'), 'utf8')
    await using house = await openHouse(project, directory, parameters)
    await ingest(house.context, undefined)
    assert.match(house.said.at(-1) ?? '', /^60 rows, content as pinned/)
  })

  test('that reads numbers and days as the table has them, and says so in its source', async () => {
    const rows = Array.from({ length: 30 }, (_, i) =>
      [`Nr ${i}`, `${i % 7},5`, `1.${100 + i}`, `${1 + i}.01.2026`, `${i},5 %`, i % 2].join(';'),
    )
    const directory = makeProjectFolder('')
    const file = join(directory, 'loans.csv')
    writeFileSync(file, `id;größe;preis;seit;rate;late\r\n${rows.join('\r\n')}\r\n`, 'latin1')
    await assert.rejects(start(directory, {}), {
      code: 'DATA_FILE_INVALID',
      hint: /--encoding windows-1252, say, or in project\.ts read: \{ encoding: 'windows-1252' \}/,
    })
    const { forms, warnings } = await start(directory, { read: { encoding: 'windows-1252' } })
    const { schema, sources } = await loadProject(directory)
    assert.deepEqual(
      Object.values(schema.fields).map(({ type }) => type),
      ['text', 'number', 'integer', 'date', 'text', 'boolean'],
    )
    assert.deepEqual(forms, { decimal: ',', thousands: '.', dateOrder: 'day-first' })
    const read = { encoding: 'windows-1252', ...forms }
    assert.deepEqual(sources[1], { kind: 'folder', path: '.', files: ['loans.csv'], read })
    assert.deepEqual(warnings, [
      "'preis' may be read in two ways, first line 2 '1.100': the dot is taken to stand between thousands, as in other columns; --decimal and --thousands can say otherwise",
    ])
  })

  const targets = [
    { target: 'age', kind: 'value', models: 'linear, boosting' },
    { target: 'town', kind: 'classes', models: 'logistic, boosting' },
    { target: 'grade', kind: 'classes', models: 'logistic, boosting' },
  ]
  for (const { target, kind, models } of targets) {
    test(`that predicts '${target}' as ${kind}`, async () => {
      const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 30},t${i % 3},${i % 4}`)
      const directory = makeProjectFolder(`id,age,town,grade\n${rows.join('\n')}\n`)
      const { project } = await start(directory, { target })
      assert.equal(project.output.kind, kind)
      assert.equal((await loadProject(directory)).output.kind, kind)
      assert.match(readFileSync(join(directory, 'dvc.yaml'), 'utf8'), new RegExp(`\\[${models}\\]`))
    })
  }

  const ofTwo: readonly (readonly [string, readonly string[], string | number, string?])[] = [
    ['what means yes', ['Yes ', 'Yes ', 'no'], 'Yes '],
    ['the rarer one', ['kept', 'kept', 'lost'], 'lost'],
    ['the rarer code', ['1', '2', '2'], 1],
    ['the last of two that are as frequent', ['a', 'b'], 'b'],
    ['the one that is asked for', ['1', '2', '2'], 2, '2'],
  ]
  for (const [what, values, positive, asked] of ofTwo) {
    test(`whose target of ${values.join(', ')} is a probability: of ${what}`, async () => {
      const rows = Array.from(
        { length: 30 },
        (_, i) => `${i},${i % 7},${values[i % values.length]}`,
      )
      const directory = makeProjectFolder(`id,a,late\n${rows.join('\n')}\n`)
      await start(directory, { positive: asked })
      const { output } = await loadProject(directory)
      assert.deepEqual([output.kind, classesOf(output)?.[1]], ['probability', positive])
    })
  }

  test('whatever its columns are called', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .map((text) => text.trim())
    const odd = fc.constantFrom("it's", 'a"b', String.raw`a\b`, 'constructor', '*/', '${x}', 'a b')
    // Numbers are sorted among the properties of an object, and a header of numbers is none; DuckDB folds case.
    const names = fc.uniqueArray(fc.oneof(odd, name), {
      minLength: 3,
      maxLength: 6,
      selector: (text) => text.toLowerCase(),
    })
    await fc.assert(
      fc.asyncProperty(names, async (columns) => {
        fc.pre(columns.every((text) => /^[^\d\s"\\\p{Cc}-]\P{Cc}*$/u.test(text)))
        const quoted = columns.map((text) => `"${text.replaceAll('"', '""')}"`)
        const rows = Array.from({ length: 20 }, (_, i) =>
          columns.map((_c, c) => (c === 0 ? i : i % 2)),
        )
        const directory = makeProjectFolder(`${quoted.join(',')}\n${rows.join('\n')}\n`)
        await start(directory, { target: columns[1]!, name: 'odd' })
        const { schema } = await loadProject(directory)
        assert.deepEqual(Object.keys(schema.fields), columns)
      }),
      { numRuns: 8 },
    )
  })

  test('below git, which then passes over runs and programs', async () => {
    const directory = makeProjectFolder(drawLoans(60))
    spawnSync('git', ['init', '-q', directory])
    writeFileSync(join(directory, '.gitignore'), 'node_modules')
    await start(directory, { target: 'late' })
    assert.equal(readFileSync(join(directory, '.gitignore'), 'utf8'), 'node_modules\n/.mlpt\n')
    assert.ok(existsSync(join(directory, '.dvc', 'config')))
  })
})

test('the penalty on leaves is the smaller the fewer rows a class has, and at most the default', () => {
  const penaltyOf = (rows: number, output: ModelOutput): string | undefined =>
    /^ {4}l2: (\d+)$/m.exec(writeParameters(output, { rows, sha256: '' }))?.[1]
  const classes = Array.from({ length: 10 }, (_, k) => k)
  assert.equal(penaltyOf(1797, { kind: 'classes', classes }), '1')
  assert.equal(penaltyOf(5000, { kind: 'probability' }), '5')
  assert.equal(penaltyOf(4000, { kind: 'value' }), '8')
  assert.equal(penaltyOf(30_000, { kind: 'probability' }), '20')
})

describe('no project is made', () => {
  const refused: readonly (readonly [string, string, Partial<ProjectStart>, RegExp])[] = [
    [
      'of a column that is not there, and the nearest name is told',
      'id,late\n1,0\n2,1\n',
      { target: 'lat', key: 'idd' },
      /no column 'lat', 'idd'$/,
    ],
    [
      'of a key that names two rows and a target of one value, both at once',
      'id,a,late\n1,1,0\n2,1,0\n',
      { target: 'late', key: 'a' },
      /'a' does not name the rows: 2 rows have 1 different values, 0 none; 'late' cannot be predicted: it has 1 different value$/,
    ],
    [
      'of a target that is missing in some rows',
      'id,late\n1,0\n2,1\n3,\n',
      { target: 'late' },
      /'late' is missing in 1 of the rows/,
    ],
    [
      'of a target that is a day',
      'id,day\n1,2025-01-01\n2,2025-01-02\n',
      { target: 'day' },
      /'day' cannot be predicted: it is DATE/,
    ],
    [
      'of a key that is the target',
      'id,late\n1,0\n2,1\n',
      { target: 'id', key: 'id' },
      /'id' is key and target/,
    ],
    [
      'of a target of two whose positive one is a third',
      'id,a,late\n1,1,yes\n2,2,no\n',
      { target: 'late', positive: 'maybe' },
      /^'maybe' is not one of two values of 'late'$/,
    ],
    [
      'of a column that has the name of one of ours, and nothing to learn from',
      'id,row,late\n1,x,0\n2,y,1\n',
      { target: 'late' },
      /a column may not be called 'row'/,
    ],
    [
      'of nothing to learn from',
      'id,name,late\n1,x,0\n2,y,1\n',
      { target: 'late' },
      /learn from none of the columns/,
    ],
    [
      'with a name that is none',
      'id,late\n1,0\n2,1\n',
      { target: 'late', name: '9 lives' },
      /9 lives/,
    ],
  ]
  for (const [what, csv, options, message] of refused) {
    test(what, async () => {
      const directory = makeProjectFolder(csv)
      await assert.rejects(start(directory, { target: 'late', ...options }), (error: Error) => {
        assert.match(error.message, message)
        assert.ok('hint' in error && error.hint)
        return true
      })
      assert.ok(!existsSync(join(directory, 'project.ts')))
    })
  }

  test('over one that is there', async () => {
    const directory = makeProjectFolder(drawLoans(50))
    writeFileSync(join(directory, 'dvc.yaml'), 'stages: {}\n')
    await assert.rejects(start(directory, { target: 'late' }), {
      code: 'PATH_FORBIDDEN',
      message: /dvc\.yaml': there is a project already/,
    })
    assert.ok(!existsSync(join(directory, 'project.ts')))
  })
})

test('mlpt new says what it wrote and what it left out; a package.json as npm init writes it will do', () => {
  const other = makeProjectFolder(drawLoans(50))
  writeFileSync(join(other, 'package.json'), '{"type": "commonjs"}')
  const made = spawnSync(
    process.execPath,
    [...mlptArguments, 'new', 'loans.csv', '--target', 'late'],
    { cwd: other, encoding: 'utf8' },
  )
  assert.equal(made.status, 0, made.stderr)
  assert.doesNotMatch(made.stderr, /warning/i)
  assert.match(
    made.stderr,
    /^wrote project\.ts, params\.yaml, dvc\.yaml, expectations\/loans\.json\n {2}50 rows, named by 'id'; 'late', true or false, is learnt from 5 columns\n {2}not used: 'name', because it has nearly as many texts as rows$/m,
  )
})

function start(directory: string, options: Partial<ProjectStart>): ReturnType<typeof startProject> {
  return startProject({
    directory,
    file: join(directory, 'loans.csv'),
    target: 'late',
    key: undefined,
    name: undefined,
    read: {},
    ...options,
  })
}

/** A folder with a table, in which the library is found by its name. */
function makeProjectFolder(csv: string): string {
  const directory = makeScratchFolder()
  mkdirSync(join(directory, 'node_modules'))
  symlinkSync(
    resolve(import.meta.dirname, '../../..'),
    join(directory, 'node_modules', 'ml-pipeline-toolkit'),
  )
  writeFileSync(join(directory, 'loans.csv'), csv)
  return directory
}

/** Loans that are late where the income is low; columns of every sort beside. */
function drawLoans(rows: number): string {
  const random = createRandom(5)
  const lines = Array.from({ length: rows }, (_, i) => {
    const income = 1000 + Math.round(random.next() * 8000)
    const late = random.next() < (income < 4000 ? 0.8 : 0.1)
    const town = i % 20 === 3 ? 'NA' : ['Ulm', 'Bonn', 'a b'][i % 3]
    const day = `2025-0${1 + (i % 9)}-1${i % 10}`
    const age = 20 + ((i * 7) % 50)
    const cells = [i, `Person ${i}`, age, i % 25 === 4 ? '' : `${income}.5`, town, day]
    return [...cells, `${day} 10:00:00`, `"${1 + (i % 9)}.234,5"`, 5, late].join(',')
  })
  return `id,name,age,income,town,since,seen,price,constant,late\n${lines.join('\n')}\n`
}
