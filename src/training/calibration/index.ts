export {
  applyCalibration,
  type Calibration,
  type CalibrationMethod,
  type IsotonicCalibration,
  type PlattCalibration,
} from './calibration.ts'
export { fitIsotonic } from './fit-isotonic.ts'
export { fitPlatt } from './fit-platt.ts'
export { trainCalibrated } from './train-calibrated.ts'
