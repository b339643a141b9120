import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parseParameters, type Parameters } from '../../../src/project/parameters/parameters.ts'

const others = readFileSync('params.yaml', 'utf8').replace(/^monitor:\n(?: .*\n|#.*\n|\n)*/m, '')

describe('the section monitor', () => {
  test('may be absent: windows of 1,000 rows, and an alert for any drift', () => {
    const { monitor } = parseParameters(others, 'params.yaml')
    assert.deepEqual(monitor.size, { kind: 'rows', rows: 1000, step: 1000 })
    assert.deepEqual(
      [monitor.onDrift, monitor.alerts.map(({ name }) => name)],
      ['nothing', ['drift']],
    )
  })

  test('says how windows are cut, when an alert fires and who is told', () => {
    const { monitor } = parse(`
  window: 7d
  step: 1d
  settle: 5m
  min_rows: 50
  segments: { SEX: levels, AGE: [30, 40], LIMIT_BAL: 4 }
  on_drift: retrain
  alerts:
    - name: age
      when: drift(AGE) > 0.2
      segment: SEX=1
      for: 3
      severity: critical
      cool_down: 6h
      notify: { webhook: $ALERT_URL, command: cat >> alerts.jsonl }
    - name: silence
      no_predictions_for: 1h
      cool_down: 0
`)
    assert.deepEqual(monitor.size, { kind: 'time', spanMs: 604_800_000, stepMs: 86_400_000 })
    assert.deepEqual([monitor.settleMs, monitor.minRows, monitor.onDrift], [300_000, 50, 'retrain'])
    const [age, silence] = monitor.alerts
    assert.deepEqual(age?.trigger, {
      kind: 'condition',
      condition: { measure: 'drift', comparison: '>', limit: 0.2, column: 'AGE' },
      windows: 3,
      segment: 'SEX=1',
    })
    assert.deepEqual(
      [age.severity, age.coolDownMs, age.notify],
      ['critical', 21_600_000, ['$ALERT_URL', 'cat >> alerts.jsonl']],
    )
    assert.deepEqual(
      [silence?.trigger, silence?.coolDownMs],
      [{ kind: 'silence', spanMs: 3_600_000 }, 0],
    )
  })

  test('tells all that is wrong with it at once, each with its line', () => {
    const text = `${others}
monitor:
  windw: 5
  window: 1y
  settle: soon
  min_rows: 5
  min_labels: many
  on_drift: pray
  segments: { AGE: [40, 30] }
  alerts:
    - name: a
      when: drift_shar > 0.3
    - name: b
      when: drift_share > 0.3
      for: 0
      severity: bad
      cool_down: often
      notify: { webhook: ftp://example.org, mail: me }
      frequency: 1
    - name: b
      when: drift_share > 0.1
    - when: drift_share > 0.1
    - name: c
    - name: d
      no_predictions_for: 1h
      for: 2
    - name: e
      when: psi(AGE) > 1
      segment: SEX=1
    - {name: f, when: feature_age(v) > 2}
    - {name: g, when: online_age > 2d}
    - {name: h, when: feature_age(v) < 3d}
    - {name: i, when: feature_age(v) > 4d, for: 3}
    - {name: j, when: feature_ag(v) > 5d}
    - just a text
`
    const line = (needle: string): number =>
      others.split('\n').length +
      text
        .slice(others.length + 1)
        .split('\n')
        .findIndex((one) => one.includes(needle)) +
      1
    assert.throws(
      () => parseParameters(text, 'params.yaml'),
      (error: Error) => {
        for (const [where, what] of [
          ['windw', `there is no parameter 'monitor.windw' (did you mean 'window'?)`],
          ['window: 1y', `'monitor.window' is "1y"`],
          ['settle', `'monitor.settle' is "soon"`],
          ['min_rows', `'monitor.min_rows' is 5, expected an integer from 30`],
          ['min_labels', `'monitor.min_labels' is "many"`],
          ['on_drift', `'monitor.on_drift' is "pray", expected one of nothing, retrain`],
          ['segments', `'monitor.segments.AGE' is [40,30]`],
          [
            'drift_shar >',
            `'when' asks for 'drift_shar', which is no measure (did you mean 'drift_share'?)`,
          ],
          ['for: 0', `'for' is 0, expected a number of windows`],
          ['severity', `'severity' is "bad"`],
          ['cool_down', `'cool_down' is "often"`],
          ['notify', `'notify' has no 'mail'`],
          ['notify', `'webhook' is no address`],
          ['frequency', `an alert has no 'frequency'`],
          ['- when', `the name of an alert is undefined`],
          ['name: c', `an alert needs either 'when' or 'no_predictions_for'`],
          ['for: 2', `'for' goes with 'when'`],
          ['segment: SEX', `segments do not know 'psi'`],
          ['name: f', `'when' compares with '2', expected a time such as`],
          ['name: g', `'when' is "online_age > 2d", expected 'online_age(VIEW) > 2d'`],
          ['name: h', `'when' is "feature_age(v) < 3d", expected 'feature_age(VIEW) > 2d'`],
          ['name: i', `'for' goes with measures of windows`],
          ['name: j', `'when' compares with '5d', expected a number`],
          ['just a text', `an alert is "just a text"`],
        ] as const) {
          assert.ok(
            error.message.includes(`params.yaml:${line(where)}: ${what}`),
            `${where}: ${what}\n${error.message}`,
          )
        }
        return true
      },
    )
  })

  test('two alerts of one name are refused, and so is anything but a section or a list', () => {
    for (const [section, what] of [
      [
        '\n  alerts:\n    - {name: a, when: rows > 1}\n    - {name: a, when: rows > 2}',
        /there is another alert called 'a'/,
      ],
      [' 5', /'monitor' is 5, expected a section/],
      ['\n  alerts: {}', /'monitor.alerts' is \{\}, expected a list/],
      ['\n  segments: [AGE]', /'monitor.segments' is \["AGE"\], expected a section/],
      ['\n  alerts: [{name: a, when: rows > 1, notify: me}]', /'notify' is "me"/],
      ['\n  alerts: [{name: a, when: rows > 1, segment: 5}]', /'segment' is 5/],
      [
        '\n  alerts: [{name: a, no_predictions_for: 5}]',
        /'no_predictions_for' is 5, expected a time/,
      ],
      [
        ' { retrain_without: 2026-01-31 }',
        /'monitor.retrain_without' is "2026-01-31", expected a list/,
      ],
      ...[
        '2026-01-31',
        '{ from: 2026-01-31 }',
        '{ from: 2026-02-01, until: 2026-01-31 }',
        '{ from: 2026-02-30, until: 2026-03-05 }',
        '{ from: 2026-01-31T10:00, until: 2026-02-01 }',
        '{ from: 2026-01-31, until: 2026-02-01, by: me }',
      ].map(
        (one) =>
          [
            `\n  retrain_without: [${one}]`,
            /:\d+: a time is .*, expected \{ from, until \} with/,
          ] as const,
      ),
    ] as const) {
      assert.throws(() => parse(section), { code: 'CONFIG_INVALID', message: what }, section)
    }
  })
})

function parse(section: string): Parameters {
  return parseParameters(`${others}\nmonitor:${section}\n`, 'params.yaml')
}
