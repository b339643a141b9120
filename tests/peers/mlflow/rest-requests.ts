/** Requests to MLflow's REST API, right and wrong ones, in an order in which each finds what it needs. */

import { loggedModelRequests, registryRequests } from './rest-model-requests.ts'
import { get, pair, post, run, type RestRequest } from './rest-request.ts'

const metric = { ...run, key: 'm', value: 1, timestamp: 1 }
const missing = '0'.repeat(32)

const experimentRequests: readonly RestRequest[] = [
  {
    method: 'POST',
    path: 'experiments/create',
    message: { name: 'rest', tags: [pair] },
    keep: ['$EXPERIMENT', 'experiment_id'],
  },
  ...post('experiments/create', { name: 'rest' }, {}, { name: '' }, { name: 5 }, { name: null }),
  ...post('experiments/create', { name: 'rest2', tags: {} }, { name: 'rest2', tags: [5] }),
  ...post(
    'experiments/create',
    { name: 'x'.repeat(501) },
    { name: 'rest3', artifact_location: 's3://b/a#b' },
  ),
  ...get('experiments/get', { experiment_id: '$EXPERIMENT' }, {}, { experiment_id: '' }),
  ...get('experiments/get', { experiment_id: '99999' }),
  ...get('experiments/get-by-name', { experiment_name: 'rest' }, { experiment_name: 'none' }, {}),
  ...post('experiments/update', { experiment_id: '$EXPERIMENT', new_name: 'rest' }),
  ...post('experiments/update', { experiment_id: '$EXPERIMENT' }, { new_name: 'a' }),
  ...post('experiments/set-experiment-tag', { experiment_id: '$EXPERIMENT', ...pair }),
  ...post('experiments/set-experiment-tag', { experiment_id: '$EXPERIMENT', key: '' }, { ...pair }),
  ...post('experiments/set-experiment-tag', {
    experiment_id: '$EXPERIMENT',
    key: 'x'.repeat(251),
    value: 'v',
  }),
  ...post('experiments/delete-experiment-tag', { experiment_id: '$EXPERIMENT', key: 'none' }),
  ...post('experiments/search', { max_results: 2, filter: "name LIKE 'res%'" }, { max_results: 0 }),
  ...post(
    'experiments/search',
    { max_results: -1 },
    { max_results: 50_001 },
    { max_results: 5, filter: 'x' },
  ),
  ...get('experiments/search', { max_results: 1, filter: "name = 'rest'", view_type: 'ALL' }),
  ...get(
    'experiments/search',
    { max_results: 1, order_by: 'name UP' },
    { max_results: 1, page_token: '?' },
  ),
]

const runRequests: readonly RestRequest[] = [
  {
    method: 'POST',
    path: 'runs/create',
    message: {
      experiment_id: '$EXPERIMENT',
      run_name: 'r',
      start_time: 7,
      user_id: 'u',
      tags: [pair],
    },
    keep: ['$RUN', 'run.info.run_id'],
  },
  ...post(
    'runs/create',
    {},
    { experiment_id: 'x' },
    { experiment_id: '99999' },
    { experiment_id: '' },
  ),
  ...post('runs/create', { experiment_id: '$EXPERIMENT', run_name: 'n', start_time: '8' }),
  ...get('runs/get', run, { run_id: '$RUN' }, { run_uuid: '$RUN' }, {}, { run_id: missing }),
  ...get('runs/get', { run_id: 'not an id' }, { run_id: '' }),
  ...post('runs/log-metric', metric, metric, { ...metric, step: '5', value: 'NaN' }),
  ...post('runs/log-metric', { ...metric, key: undefined }, { ...metric, timestamp: undefined }),
  ...post(
    'runs/log-metric',
    { ...metric, value: 'x' },
    { ...metric, key: 'a;b' },
    { ...metric, key: '/a' },
  ),
  ...post(
    'runs/log-metric',
    { ...metric, key: 'x'.repeat(251) },
    { ...metric, run_id: missing, run_uuid: missing },
  ),
  ...post(
    'runs/log-metric',
    { ...metric, value: true },
    { ...metric, key: 'a/./b' },
    { ...metric, step: -4 },
  ),
  ...post('runs/log-parameter', { ...run, key: 'p', value: '1' }, { ...run, key: 'p', value: '1' }),
  ...post(
    'runs/log-parameter',
    { ...run, key: 'p', value: '2' },
    { ...run, key: 'q' },
    { ...run, value: 'a' },
  ),
  ...post(
    'runs/log-parameter',
    { ...run, key: 'long', value: 'x'.repeat(6001) },
    { ...run, key: '..', value: 'a' },
  ),
  ...post(
    'runs/set-tag',
    { ...run, ...pair },
    { ...run, key: 'e', value: '' },
    { ...run, value: 'v' },
  ),
  ...post(
    'runs/set-tag',
    { ...run, key: 'x'.repeat(251), value: 'v' },
    { ...pair, run_id: missing },
  ),
  ...post(
    'runs/delete-tag',
    { run_id: '$RUN', key: 'e' },
    { run_id: '$RUN', key: 'none' },
    { key: 'e' },
  ),
  ...post('runs/log-batch', { run_id: '$RUN' }, { run_id: missing }, {}, '', '{', '"{}"'),
  ...post('runs/log-batch', {
    run_id: '$RUN',
    metrics: [
      { key: 'b', value: 'Infinity', timestamp: 1, step: 1 },
      { key: 'b', value: 2, timestamp: 2, step: 2 },
    ].slice(1),
    params: [{ key: 'b', value: '1' }],
    tags: [{ key: 'b', value: '1' }],
  }),
  ...post('runs/log-batch', { run_id: '$RUN', params: [{ key: 'b', value: '2' }] }),
  ...post('runs/log-batch', {
    run_id: '$RUN',
    params: [
      { key: 'c', value: '2' },
      { key: 'c', value: '3' },
    ],
  }),
  ...post(
    'runs/log-batch',
    { run_id: '$RUN', metrics: [{ key: 'b', value: 1 }] },
    { run_id: '$RUN', metrics: [{}] },
  ),
  ...post('runs/log-batch', {
    run_id: '$RUN',
    params: Array.from({ length: 101 }, (_, i) => ({ key: `${i}`, value: '1' })),
  }),
  ...post('runs/log-batch', {
    run_id: '$RUN',
    tags: Array.from({ length: 101 }, (_, i) => ({ key: `${i}`, value: '1' })),
  }),
  ...post('runs/log-batch', {
    run_id: '$RUN',
    metrics: Array.from({ length: 1001 }, (_, i) => ({
      key: `${i}`,
      value: 1,
      timestamp: 1,
      step: 0,
    })),
  }),
  ...get('metrics/get-history', { ...run, metric_key: 'm' }, { ...run, metric_key: 'none' }, run),
  ...get('metrics/get-history', { ...run, metric_key: 'm', max_results: 1 }, { metric_key: 'm' }),
  ...get('metrics/get-history-bulk-interval', {
    run_ids: '$RUN',
    metric_key: 'm',
    max_results: 10,
  }),
  ...get('metrics/get-history-bulk-interval', { metric_key: 'm' }, { run_ids: '$RUN' }),
  ...post(
    'runs/update',
    { ...run, status: 'FINISHED', end_time: 9 },
    { ...run, run_name: 's' },
    { status: 'FAILED' },
  ),
  ...post('runs/search', { experiment_ids: ['$EXPERIMENT'] }, {}, { experiment_ids: ['99999'] }),
  ...post('runs/search', {
    experiment_ids: ['$EXPERIMENT'],
    filter: "params.p = '1'",
    max_results: 1,
  }),
  ...post(
    'runs/search',
    { experiment_ids: ['$EXPERIMENT'], max_results: 0 },
    { experiment_ids: ['$EXPERIMENT'], max_results: -1 },
  ),
  ...post(
    'runs/search',
    { experiment_ids: ['$EXPERIMENT'], order_by: ['none'] },
    { experiment_ids: ['$EXPERIMENT'], filter: 'x' },
  ),
  ...post('runs/delete', { run_id: '$RUN' }, { run_id: missing }, {}),
  ...post('runs/log-metric', metric),
  ...post('runs/restore', { run_id: '$RUN' }, { run_id: missing }, {}),
  ...get('runs/get', run),
  ...get('artifacts/list', { ...run }, { ...run, path: '..' }, { ...run, path: 'none' }, {}),
  ...post('runs/log-inputs', {
    run_id: '$RUN',
    datasets: [
      { dataset: { name: 'd', digest: '1', source_type: 't', source: 's' }, tags: [pair] },
    ],
  }),
  ...post('runs/log-inputs', { run_id: '$RUN' }, {}),
  ...get('runs/get', run),
  ...post('experiments/delete', { experiment_id: '$EXPERIMENT' }, {}, { experiment_id: '99999' }),
  ...post('experiments/restore', { experiment_id: '$EXPERIMENT' }, { experiment_id: '99999' }, {}),
]

export const restRequests: readonly RestRequest[] = [
  ...experimentRequests,
  ...runRequests,
  ...registryRequests,
  ...loggedModelRequests,
]
