/** `*.dvc` files that a person wrote in, saved by the real dvc and by us: equal bytes. */

import { describe, test } from 'node:test'
import { makeTwins, peer } from './twins.ts'

const long =
  'a long description that goes on and on, well beyond the eighty columns at which lines are folded, then: – é 😀 and once more beyond them'
const plain = long.replace(':', '')
const word = 'w'.repeat(100)

/** As a value of a key at the margin. */
const texts: readonly string[] = [
  plain,
  `"${plain}"   # a comment`,
  `'${plain.replace('well', "it''s")}'`,
  `'${long}'`,
  `"${long}\\n\\tand \\u00e9"`,
  `'  ${plain}  '`,
  `${plain.slice(0, 60)}\n  ${plain.slice(60)}`,
  `${plain.slice(0, 60)}\n\n  ${plain.slice(60)}`,
  word,
  `${word} ${word}`,
  '|\n  first line\n  second',
  '>-\n  folded by\n  hand\n\n  another',
  '"two words"     # a comment',
  '   two words   # a comment',
  '\n  below',
  '2020-01-01',
  '2020-01-01 10:00:00',
  "'2020-01-01'",
  "'12'",
  '"yes"',
  '0x1f',
]

describe('dvc and mlpt', { skip: peer.skip }, () => {
  test('quote and fold the texts of a file alike when its data has changed', () => {
    const twins = makeTwins()
    const meta = texts.map((text, i) => `  k${i}: ${text.replaceAll('\n  ', '\n    ')}`).join('\n')
    const items = texts.slice(0, 6).map((text) => `  - ${text}`)
    twins.run('echo 1 > x', 'add', 'x')
    twins.run(
      `cat >> x.dvc <<'END'\ndesc: '${long}'\nmeta:\n${meta}\n  list:\n${items.join('\n')}\nEND\necho 2 > x`,
      'commit',
      '-f',
      'x.dvc',
    )
    twins.run('', 'freeze', 'x.dvc')
    const output =
      'outs:\n- md5: 6d7fce9fee471194aa8b5b6e47267f03\n  size: 2\n  hash: md5\n  path: "y"'
    twins.run(
      `cat > y.dvc <<'END'\n${output}\n  desc: ${plain}\n  meta:\n    at: 2020-01-01\n    text: '${long}'\nEND\necho 4 > y`,
      'add',
      'y',
    )
    twins.agreeOnStatus()
  })
})
