export {
  applyCalibration,
  type Calibration,
  type CalibrationMethod,
  type IsotonicCalibration,
  type PlattCalibration,
} from './calibration.ts'
export {
  applyClassCalibration,
  type ClassCalibration,
  type OneVsRestCalibration,
  type TemperatureScaling,
} from './class-calibration.ts'
export { fitIsotonic } from './fit-isotonic.ts'
export { fitOneVsRest } from './fit-one-vs-rest.ts'
export { fitPlatt } from './fit-platt.ts'
export { fitTemperature } from './fit-temperature.ts'
export { trainCalibrated } from './train-calibrated.ts'
