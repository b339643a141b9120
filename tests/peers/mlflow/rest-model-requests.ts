/** Requests about registered and logged models; they need the experiment and the run of those before. */

import { change, get, pair, post, run, type RestRequest } from './rest-request.ts'

const version = { name: 'rest', version: '1' }

export const registryRequests: readonly RestRequest[] = [
  ...post(
    'registered-models/create',
    { name: 'rest', description: 'd', tags: [pair] },
    { name: 'rest' },
  ),
  ...post(
    'registered-models/create',
    {},
    { name: '' },
    { name: 'a/b' },
    { name: 'a:b' },
    { name: '..' },
  ),
  ...post(
    'registered-models/create',
    { name: 't', tags: [{ key: '', value: '1' }] },
    { name: 't', tags: {} },
  ),
  ...get('registered-models/get', { name: 'rest' }, { name: 'none' }, {}),
  ...get(
    'registered-models/search',
    { filter: "name = 'rest'" },
    { max_results: 1001 },
    { filter: 'x' },
  ),
  ...get('registered-models/search', { page_token: 'x' }, { order_by: 'x' }),
  ...post(
    'registered-models/set-tag',
    { name: 'rest', ...pair },
    { name: 'rest' },
    { name: 'none', ...pair },
  ),
  ...change(
    'DELETE',
    'registered-models/delete-tag',
    { name: 'rest', key: 'none' },
    { name: 'none', key: 'k' },
  ),
  ...change(
    'PATCH',
    'registered-models/update',
    { name: 'none', description: 'x' },
    { name: 'rest', description: 'e' },
  ),
  ...post(
    'registered-models/rename',
    { name: 'rest' },
    { name: 'none', new_name: 'x' },
    { name: 'rest', new_name: 'a/b' },
  ),
  ...post('model-versions/create', {
    name: 'rest',
    source: 's3://b/m',
    run_id: '$RUN',
    tags: [pair],
  }),
  ...post(
    'model-versions/create',
    { name: 'rest' },
    { source: 's3://b/m' },
    { name: 'none', source: 's3://b/m' },
  ),
  ...post(
    'model-versions/create',
    { name: 'rest', source: '/etc' },
    { name: 'rest', source: 'file:///etc' },
  ),
  ...post(
    'model-versions/create',
    { name: 'rest', source: 's3://b/../x' },
    { name: 'rest', source: 'models:/none/1' },
  ),
  ...get(
    'model-versions/get',
    version,
    { name: 'rest', version: '99' },
    { name: 'rest' },
    { name: 'rest', version: 'x' },
  ),
  ...get('model-versions/get-download-uri', version, { name: 'rest', version: '99' }),
  ...get(
    'model-versions/search',
    { filter: "name='rest'" },
    { filter: 'x' },
    { max_results: 200_001 },
  ),
  ...change(
    'PATCH',
    'model-versions/update',
    { ...version, description: 'z' },
    { name: 'rest', version: '99' },
  ),
  ...post(
    'model-versions/set-tag',
    { ...version, ...pair },
    { ...version },
    { name: 'rest', version: '99', ...pair },
  ),
  ...change(
    'DELETE',
    'model-versions/delete-tag',
    { ...version, key: 'k' },
    { ...version, key: 'none' },
    version,
  ),
  ...post('model-versions/transition-stage', {
    ...version,
    stage: 'Staging',
    archive_existing_versions: false,
  }),
  ...post(
    'model-versions/transition-stage',
    { ...version, stage: 'x', archive_existing_versions: false },
    version,
  ),
  ...post(
    'registered-models/alias',
    { ...version, alias: 'a' },
    { ...version, alias: 'latest' },
    { ...version, alias: 'v1' },
  ),
  ...post(
    'registered-models/alias',
    { name: 'rest', version: '99', alias: 'a' },
    { name: 'none', version: '1', alias: 'a' },
    version,
  ),
  ...get(
    'registered-models/alias',
    { name: 'rest', alias: 'a' },
    { name: 'rest', alias: 'none' },
    { name: 'none', alias: 'a' },
  ),
  ...change(
    'DELETE',
    'registered-models/alias',
    { name: 'rest', alias: 'a' },
    { name: 'rest', alias: 'a' },
    { name: 'rest' },
  ),
  ...get(
    'registered-models/get-latest-versions',
    { name: 'rest' },
    { name: 'none' },
    { name: 'rest', stages: 'x' },
  ),
  ...post('registered-models/get-latest-versions', { name: 'rest', stages: ['Staging'] }),
  ...change(
    'DELETE',
    'model-versions/delete',
    version,
    version,
    { name: 'rest' },
    { name: 'rest', version: 'x' },
  ),
  ...change('DELETE', 'registered-models/delete', { name: 'rest' }, { name: 'rest' }, {}),
]

export const loggedModelRequests: readonly RestRequest[] = [
  {
    method: 'POST',
    path: 'logged-models',
    message: {
      experiment_id: '$EXPERIMENT',
      name: 'lm',
      source_run_id: '$RUN',
      model_type: 't',
      params: [pair],
      tags: [pair],
    },
    keep: ['$MODEL', 'model.info.model_id'],
  },
  ...post(
    'logged-models',
    {},
    { experiment_id: '99999', name: 'x' },
    { experiment_id: '$EXPERIMENT', name: 'a/b' },
  ),
  ...get('logged-models/$MODEL', {}),
  ...get('logged-models/none', {}),
  ...change('PATCH', 'logged-models/$MODEL', { model_id: '$MODEL', status: 'LOGGED_MODEL_READY' }),
  ...change('PATCH', 'logged-models/none', { model_id: 'none', status: 'LOGGED_MODEL_READY' }),
  ...change('PATCH', 'logged-models/$MODEL/tags', { tags: [{ key: 'z', value: '1' }] }),
  ...change('DELETE', 'logged-models/$MODEL/tags/z', ''),
  ...change('DELETE', 'logged-models/$MODEL/tags/z', ''),
  ...post('logged-models/$MODEL/params', {
    model_id: '$MODEL',
    params: [{ key: 'q', value: '1' }],
  }),
  ...post('logged-models/search', { experiment_ids: ['$EXPERIMENT'] }, { experiment_ids: [] }, {}),
  ...post('logged-models/search', { experiment_ids: ['$EXPERIMENT'], filter: "name = 'lm'" }),
  ...post(
    'logged-models/search',
    { experiment_ids: ['$EXPERIMENT'], page_token: 'x' },
    { experiment_ids: ['$EXPERIMENT'], order_by: [{}] },
  ),
  ...post(
    'runs/outputs',
    { run_id: '$RUN', models: [{ model_id: '$MODEL', step: 3 }] },
    { models: [] },
  ),
  ...get('runs/get', run),
  ...change('DELETE', 'logged-models/$MODEL', ''),
  ...get('logged-models/$MODEL', {}),
  ...change('DELETE', 'logged-models/none', ''),
]
