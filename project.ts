/** The reference project: will a credit card client default next month? [Yeh 2009] */

import { defineFeatureView, defineProject, defineSchema } from 'ml-pipeline-toolkit'

const amount = { type: 'integer', description: 'New Taiwan dollars' } as const
const payment = { ...amount, min: 0 } as const
// The codebook knows -1 (paid duly) and 1 to 9 (months of delay); -2 and 0 occur but are undocumented.
const status = {
  type: 'category',
  levels: [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  description: 'months of delay; -1 paid duly; -2 and 0 undocumented',
} as const

const schema = defineSchema({
  ID: { type: 'integer', min: 1 },
  LIMIT_BAL: { type: 'integer', min: 1, description: 'credit limit, New Taiwan dollars' },
  SEX: { type: 'category', levels: [1, 2], description: '1 male, 2 female' },
  EDUCATION: {
    type: 'category',
    levels: [0, 1, 2, 3, 4, 5, 6],
    description: '1 graduate school, 2 university, 3 high school, 4 other; 0, 5, 6 undocumented',
  },
  MARRIAGE: {
    type: 'category',
    levels: [0, 1, 2, 3],
    description: '1 married, 2 single, 3 other; 0 undocumented',
  },
  AGE: { type: 'integer', min: 18, max: 100, description: 'years' },
  PAY_0: status,
  PAY_2: status,
  PAY_3: status,
  PAY_4: status,
  PAY_5: status,
  PAY_6: status,
  BILL_AMT1: amount,
  BILL_AMT2: amount,
  BILL_AMT3: amount,
  BILL_AMT4: amount,
  BILL_AMT5: amount,
  BILL_AMT6: amount,
  PAY_AMT1: payment,
  PAY_AMT2: payment,
  PAY_AMT3: payment,
  PAY_AMT4: payment,
  PAY_AMT5: payment,
  PAY_AMT6: payment,
  'default.payment.next.month': { type: 'boolean' },
})

/** What a client's statement said at the end of a month. */
const statements = defineFeatureView({
  name: 'statements',
  entities: { ID: { type: 'integer', min: 1 } },
  timestamp: 'month',
  // Each month counts for itself: one without a statement has no features.
  ttl: '30d',
  features: { status, billed: amount, paid: payment },
})

/** Where the six statements of a client stand in the raw table, the latest first. */
const months = {
  '2005-09-30': { status: 'PAY_0', billed: 'BILL_AMT1', paid: 'PAY_AMT1' },
  '2005-08-31': { status: 'PAY_2', billed: 'BILL_AMT2', paid: 'PAY_AMT2' },
  '2005-07-31': { status: 'PAY_3', billed: 'BILL_AMT3', paid: 'PAY_AMT3' },
  '2005-06-30': { status: 'PAY_4', billed: 'BILL_AMT4', paid: 'PAY_AMT4' },
  '2005-05-31': { status: 'PAY_5', billed: 'BILL_AMT5', paid: 'PAY_AMT5' },
  '2005-04-30': { status: 'PAY_6', billed: 'BILL_AMT6', paid: 'PAY_AMT6' },
}

export default defineProject({
  name: 'credit_default',
  schema,
  key: 'ID',
  target: 'default.payment.next.month',
  features: {
    LIMIT_BAL: 'log1p',
    SEX: 'one-hot',
    EDUCATION: 'one-hot',
    MARRIAGE: 'one-hot',
    AGE: 'standardize',
    PAY_0: 'one-hot',
    PAY_2: 'one-hot',
    PAY_3: 'one-hot',
    PAY_4: 'one-hot',
    PAY_5: 'one-hot',
    PAY_6: 'one-hot',
    BILL_AMT1: 'standardize',
    BILL_AMT2: 'standardize',
    BILL_AMT3: 'standardize',
    BILL_AMT4: 'standardize',
    BILL_AMT5: 'standardize',
    BILL_AMT6: 'standardize',
    PAY_AMT1: 'log1p',
    PAY_AMT2: 'log1p',
    PAY_AMT3: 'log1p',
    PAY_AMT4: 'log1p',
    PAY_AMT5: 'log1p',
    PAY_AMT6: 'log1p',
  },
  featureStore: {
    facts: [{ view: statements, moments: months }],
    asked: '2005-10-01',
    joins: Object.values(months).map((features, monthsBefore) => ({
      view: statements,
      monthsBefore,
      features,
    })),
  },
  sources: [
    {
      kind: 'folder',
      path: '../shared/data',
      files: ['credit_default.csv', 'UCI_Credit_Card.csv'],
    },
    {
      kind: 'zip-excel',
      url: 'https://archive.ics.uci.edu/static/public/350/default+of+credit+card+clients.zip',
      headerLine: 2,
    },
    {
      kind: 'csv',
      url: 'https://raw.githubusercontent.com/data301-2020-winter1/course-project-solo_113/d1c716f22277fccacd9ae144ea859b67fe14a355/UCI_Credit_Card.csv',
    },
  ],
  citation: {
    title: 'Default of Credit Card Clients (Yeh 2009), UCI Machine Learning Repository',
    url: 'https://doi.org/10.24432/C55S3H',
    licence: 'CC BY 4.0',
  },
})
