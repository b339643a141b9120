import type { MonitoredWindow } from '../../../src/core/monitored-window.ts'

/** A window with one input, 'a', that says this. */
export function windowOf(
  at: number,
  { driftShare = 0, auc, ...more }: Partial<MonitoredWindow> & { readonly auc?: number } = {},
): MonitoredWindow {
  return {
    key: `1/10 rows/${at}/`,
    model: 'credit',
    version: '1',
    size: '10 rows',
    from: at,
    to: at + 9,
    rows: 10,
    state: 'judged',
    reference: 'rows',
    columns: [
      {
        name: 'a',
        isDrifted: driftShare > 0,
        reasons: driftShare > 0 ? ['values moved'] : [],
        measure: 'ks distance',
        distance: driftShare,
        threshold: 0.1,
        psi: driftShare * 2,
        missingShare: 0.25,
        outOfRangeShare: 0,
        unseenShare: 0,
        unfit: [],
      },
    ],
    drifted: driftShare > 0 ? ['a'] : [],
    driftShare,
    segments: [],
    performance: {
      state: auc === undefined ? 'no-labels' : 'measured',
      labels: auc === undefined ? 0 : 10,
      positives: auc === undefined ? 0 : 4,
      metrics: auc === undefined ? {} : { roc_auc: { value: auc } },
      segments: [],
    },
    ...more,
  }
}
