export {
  applyCalibration,
  type Calibration,
  calibrationMethods,
  type IsotonicCalibration,
  type PlattCalibration,
} from './calibration.ts'
export { fitIsotonic } from './fit-isotonic.ts'
export { fitPlatt } from './fit-platt.ts'
