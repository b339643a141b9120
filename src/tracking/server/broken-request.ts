/** The answer to what is not even a request: a line that is none, or headers without end. */

import { answer, type ErrorAnswer } from './error-answers.ts'

/** Node's own limit of 16 KiB is short for a GET with a long filter or many ids in its query. */
export const maxHeaderBytes = 1024 * 1024

/** As the text of a whole HTTP response: the framework has no reply for it. */
export function formatAnswerToBrokenRequest(errorCode: string | undefined): string {
  const { status, message } = answerToBrokenRequest(errorCode)
  const body = JSON.stringify(message)
  const headers = [
    `HTTP/1.1 ${status} Refused`,
    'content-type: application/json',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  return `${headers.join('\r\n')}\r\n\r\n${body}`
}

function answerToBrokenRequest(errorCode: string | undefined): ErrorAnswer {
  if (errorCode === 'HPE_HEADER_OVERFLOW') {
    const limit = `${maxHeaderBytes} bytes`
    return answer(431, 'BAD_REQUEST', `the address and headers are longer than ${limit}`)
  }
  if (errorCode === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return answer(408, 'BAD_REQUEST', 'the request did not come to its end in time')
  }
  return answer(400, 'BAD_REQUEST', 'this is not an HTTP request')
}
