/** NaN in Parquet as Arrow and Polars write it: the least and the greatest value beside the cells are those of the others. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inferSuite } from '../../../src/data/inference/infer-suite.ts'
import { profileFile } from '../../../src/data/profile/profile-table-file.ts'
import { validateFile } from '../../../src/data/validate-table-file.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

/**
 * By pyarrow 26: `write_table(table({'a': array([1.5, nan, 3, None, 2]), 'b': array([…], float32())}), compression='none',
 * use_dictionary=False, store_schema=False)`.
 */
const bytes =
  'UEFSMRUAFUwVTCwVChUAFQYVBhwYCAAAAAAAAAhAGAgAAAAAAAD4PxYCKAgAAAAAAAAIQBgIAAAAAAAA+D8REQAAAAIAAAADFwAAAAAAAPg/AAAAAAAA' +
  '+H8AAAAAAAAIQAAAAAAAAABAFQAVLBUsLBUKFQAVBhUGHBgEAABAQBgEAADAPxYCKAQAAEBAGAQAAMA/EREAAAACAAAAAxcAAMA/AADAfwAAQEAAAABA' +
  'FQQZPDUAGAZzY2hlbWEVBAAVCiUCGAFhABUIJQIYAWIAFgoZHBksJgAcFQoZJQYAGRgBYRUAFgoWygEWygEmCDwYCAAAAAAAAAhAGAgAAAAAAAD4PxYC' +
  'KAgAAAAAAAAIQBgIAAAAAAAA+D8REQAZHBUAFQAVAgA8KQYZJgIIAAAAJgAcFQgZJQYAGRgBYhUAFgoWigEWigEm0gE8GAQAAEBAGAQAAMA/FgIoBAAA' +
  'QEAYBAAAwD8REQAZHBUAFQAVAgA8KQYZJgIIAAAAFtQCFgomCBbUAgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAAAgEA' +
  'AFBBUjE='
const path = join(makeScratchFolder(), 'arrow.parquet')
writeFileSync(path, Buffer.from(bytes, 'base64'))

describe('NaN is missing in Parquet that Arrow wrote', () => {
  for (const column of ['a', 'b']) {
    test(`to each expectation about '${column}'`, async () => {
      const expectations = [
        { type: 'expect_column_values_to_be_between', kwargs: { min_value: 1, max_value: 3 } },
        { type: 'expect_column_values_to_be_unique', kwargs: {} },
        { type: 'expect_column_max_to_be_between', kwargs: { max_value: 3 } },
        { type: 'expect_column_mean_to_be_between', kwargs: { min_value: 2, max_value: 2.2 } },
        { type: 'expect_column_values_to_be_null', kwargs: { mostly: 0.4 } },
      ].map(({ type, kwargs }) => ({
        type,
        kwargs: { column, ...kwargs },
        severity: 'critical' as const,
        meta: {},
      }))
      const { results } = await validateFile(path, { name: 's', meta: {}, expectations })
      assert.deepEqual(
        results.map(({ success }) => success),
        expectations.map(() => true),
      )
      assert.equal(results[0]!.result['missing_count'], 2)
    })
  }

  test('to a profile, and the suite that is made of it', async () => {
    const profile = await profileFile(path)
    assert.deepEqual(
      profile.columns.map(({ nulls, nans, numbers }) => [nulls, nans, numbers?.max]),
      [
        [1, 1, 3],
        [1, 1, 3],
      ],
    )
    const { success } = await validateFile(path, inferSuite(profile, { name: 's' }))
    assert.ok(success)
  })
})
