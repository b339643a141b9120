export { type Design } from './design.ts'
export {
  fitLogistic,
  scoreLogistic,
  type LogisticFit,
  type LogisticOptions,
  type LogisticProgress,
} from './fit-logistic.ts'
