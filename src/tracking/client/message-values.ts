/** Members of a server's messages: every one may be absent, numbers may come as text. */

import { isObject } from '../../core/json.ts'
import type { Pairs } from '../../core/tracking.ts'
import type { Message } from './connection-client.ts'

/** '' when absent. */
export function textOf(message: Message, name: string): string {
  return optionalTextOf(message, name) ?? ''
}

/** `undefined` when absent or empty. */
export function optionalTextOf(message: Message, name: string): string | undefined {
  const value = message[name]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** 0 when absent. */
export function integerOf(message: Message, name: string): number {
  return optionalIntegerOf(message, name) ?? 0
}

export function optionalIntegerOf(message: Message, name: string): number | undefined {
  const value = message[name]
  if (value === undefined || value === null || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** 'NaN', 'Infinity' and '-Infinity' come as texts; 0 when absent, as in protobuf. */
export function doubleOf(message: Message, name: string): number {
  const value = message[name]
  return value === undefined || value === null ? 0 : Number(value)
}

/** {} when absent. */
export function messageOf(message: Message, name: string): Message {
  const value = message[name]
  return isObject(value) ? value : {}
}

/** Empty when absent. */
export function messagesOf(message: Message, name: string): readonly Message[] {
  const value = message[name]
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function textsOf(message: Message, name: string): readonly string[] {
  const value = message[name]
  return Array.isArray(value) ? value.map(String) : []
}

/** `[{key, value}]`; other members may bear the names. */
export function pairsOf(message: Message, name: string, key = 'key', value = 'value'): Pairs {
  const entries = messagesOf(message, name).map(
    (pair) => [textOf(pair, key), textOf(pair, value)] as const,
  )
  return Object.fromEntries(entries)
}
