/** Python's own `re` reads drawn regular expressions, and finds and refuses what we do. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { type Database, openDatabase } from '../../src/data/duckdb-store.ts'
import { matchRegexes, pythonRegex } from '../../src/data/expectations/python-regex.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv-gx', 'great_expectations')

const pieces = [
  'a', 'b', 'é', '1', ' ', '.', '\\d', '\\w', '\\s', '\\W', '\\b', '\\B', '\\.', '[ab]', '[^a\\d]', '[\\W1]', '[a-c]',
  '(a|b)', '(?:ab)', '(?P<n>a)', '(?P=n)', '\\1', '(?=a)', '(?!b)', '(?<=a)', '(?<!b)', '(?>a+)', '(?i:A)', '|', '^', '$',
  '\\A', '\\Z', '*', '+', '?', '{2}', '{1,2}', '{,1}', '{', '}', ']', '*+', '?+', '*?', '\\p', '\\n', '(', ')', '-', 'K',
] // prettier-ignore
const beginnings = ['', '', '', '', '(?i)', '(?s)', '(?m)', '(?a)', '(?x)']
const characters = ['a', 'b', 'A', 'é', '1', ' ', '\n', '.', 'k', '٣', '-', '😀']

describe("Python's re", { skip: peer.skip }, () => {
  let database: Database
  before(async () => {
    database = await openDatabase()
  })
  after(() => database[Symbol.dispose]())

  test('refuses what we refuse, and finds what we find', async () => {
    const cases = drawCases(1000)
    const theirs = askPeer(cases)
    const different: string[] = []
    let compared = 0
    for (const [i, { pattern, texts }] of cases.entries()) {
      const answer = theirs[i]!
      const problem = pythonRegex.describeProblem?.(pattern)
      if (isKnownDifference(pattern, answer.error)) continue
      compared += 1
      if ((problem !== undefined) !== (answer.error !== null)) {
        different.push(`${JSON.stringify(pattern)}: ${problem} but ${answer.error}`)
      } else if (problem === undefined) {
        const ours = await find(database, pattern, texts)
        if (JSON.stringify(ours) !== JSON.stringify(answer.found)) {
          different.push(
            `${JSON.stringify(pattern)} in ${JSON.stringify(texts)}: ${ours.join()} but ${answer.found.join()}`,
          )
        }
      }
    }
    assert.deepEqual(different.slice(0, 40), [])
    assert.ok(compared > 500, String(compared))
  })
})

/** Named in docs/differences-from-great-expectations.md. */
function isKnownDifference(pattern: string, error: string | null): boolean {
  if (error?.includes('look-behind requires fixed-width') === true) return true
  // A reference to a group that may take no part.
  return /\\1|\(\?P=n\)/.test(pattern)
}

interface Case {
  readonly pattern: string
  readonly texts: readonly string[]
}

function drawCases(count: number): readonly Case[] {
  const random = createRandom(20)
  const draw = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!
  const drawMany = (list: readonly string[], most: number): string =>
    Array.from({ length: 1 + Math.floor(random.next() * most) }, () => draw(list)).join('')
  return Array.from({ length: count }, () => ({
    pattern: `${draw(beginnings)}${drawMany(pieces, 5)}`,
    texts: Array.from({ length: 4 }, () => drawMany(characters, 5)),
  }))
}

async function find(
  database: Database,
  pattern: string,
  texts: readonly string[],
): Promise<boolean[]> {
  const match = matchRegexes('x', [pattern])
  if (match.kind === 'judged') return texts.map(match.matches)
  const rows = await database.query(
    `SELECT ${match.condition} AS found FROM (VALUES ${texts.map((_, i) => `(${i}, ?)`).join(', ')}) v(i, x) ORDER BY i`,
    texts,
  )
  return rows.map((row) => row['found'] === true)
}

function askPeer(
  cases: readonly Case[],
): readonly { readonly error: string | null; readonly found: readonly boolean[] }[] {
  const printed = execFileSync(peer.python, ['-W', 'ignore', '-c', program], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  return JSON.parse(printed) as ReturnType<typeof askPeer>
}

/** Judges each drawn pattern; one process for all. */
const program = `
import json, re, sys
answers = []
for case in json.load(sys.stdin):
    try:
        pattern = re.compile(case["pattern"])
        answers.append({"error": None, "found": [pattern.search(text) is not None for text in case["texts"]]})
    except re.error as error:
        answers.append({"error": str(error), "found": []})
json.dump(answers, sys.stdout)
`
