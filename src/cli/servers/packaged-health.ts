/**
 * The program `health.js` of a package: exit code 0 when the server beside it is ready, 1 when it is not. For the
 * health check of a container, where there may be no curl.
 */

import { get } from 'node:http'
import { portOfEnvironment } from '../flags/environment-arguments.ts'

const request = get(
  {
    host: '127.0.0.1',
    port: portOfEnvironment(process.env),
    path: '/health/ready',
    timeout: 2500,
    agent: false,
  },
  (answer) => {
    answer.resume()
    process.exitCode = answer.statusCode === 200 ? 0 : 1
  },
)
request.on('timeout', () => request.destroy(new Error('no answer within 2.5 s')))
request.on('error', (error) => {
  process.stderr.write(`not ready: ${error.message}\n`)
  process.exitCode = 1
})
