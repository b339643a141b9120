/** The part of MLflow's GraphQL schema that its pages read runs and experiments by. */

/** A scalar, a type by its name, or a list of either. */
export type FieldType = string | readonly [string]

/** Fields of each type, by the names that queries have for them. */
export type ObjectType = Readonly<Record<string, FieldType>>

const pair: ObjectType = { key: 'String', value: 'String' }

/** Scalars are String, LongString (an int64 as text) and Float. */
export const schema: Readonly<Record<string, ObjectType>> = {
  Query: {
    mlflowGetExperiment: 'MlflowGetExperimentResponse',
    mlflowGetRun: 'MlflowGetRunResponse',
  },
  MlflowGetExperimentResponse: { experiment: 'MlflowExperiment', apiError: 'ApiError' },
  MlflowGetRunResponse: { run: 'MlflowRunExtension', apiError: 'ApiError' },
  ApiError: { code: 'String', message: 'String', helpUrl: 'String' },
  MlflowExperiment: {
    experimentId: 'String',
    name: 'String',
    artifactLocation: 'String',
    lifecycleStage: 'String',
    lastUpdateTime: 'LongString',
    creationTime: 'LongString',
    tags: ['MlflowExperimentTag'],
    effectiveTraceArchivalRetention: 'String',
  },
  MlflowExperimentTag: pair,
  MlflowRunExtension: {
    info: 'MlflowRunInfo',
    data: 'MlflowRunData',
    inputs: 'MlflowRunInputs',
    outputs: 'MlflowRunOutputs',
    experiment: 'MlflowExperiment',
    modelVersions: ['MlflowModelVersion'],
  },
  MlflowRunInfo: {
    runId: 'String',
    runUuid: 'String',
    runName: 'String',
    experimentId: 'String',
    userId: 'String',
    status: 'String',
    startTime: 'LongString',
    endTime: 'LongString',
    artifactUri: 'String',
    lifecycleStage: 'String',
  },
  MlflowRunData: {
    metrics: ['MlflowMetricExtension'],
    params: ['MlflowParam'],
    tags: ['MlflowRunTag'],
  },
  MlflowMetricExtension: {
    key: 'String',
    value: 'Float',
    timestamp: 'LongString',
    step: 'LongString',
  },
  MlflowParam: pair,
  MlflowRunTag: pair,
  MlflowRunInputs: { datasetInputs: ['MlflowDatasetInput'], modelInputs: ['MlflowModelInput'] },
  MlflowDatasetInput: { dataset: 'MlflowDataset', tags: ['MlflowInputTag'] },
  MlflowDataset: {
    name: 'String',
    digest: 'String',
    sourceType: 'String',
    source: 'String',
    schema: 'String',
    profile: 'String',
  },
  MlflowInputTag: pair,
  MlflowModelInput: { modelId: 'String' },
  MlflowRunOutputs: { modelOutputs: ['MlflowModelOutput'] },
  MlflowModelOutput: { modelId: 'String', step: 'LongString' },
  MlflowModelVersion: {
    name: 'String',
    version: 'String',
    creationTimestamp: 'LongString',
    lastUpdatedTimestamp: 'LongString',
    userId: 'String',
    currentStage: 'String',
    description: 'String',
    source: 'String',
    runId: 'String',
    status: 'String',
    statusMessage: 'String',
    tags: ['MlflowModelVersionTag'],
    runLink: 'String',
    aliases: ['String'],
    modelId: 'String',
  },
  MlflowModelVersionTag: pair,
}
