/** A consumed record as kafkajs decoded it: buffers of one fetch response, seen through one view that is used again. */
import type { KafkaMessage } from 'kafkajs'
import { type Batch, ConsumedRecord } from '../../../core/plugin.ts'

const NOTHING = Buffer.alloc(0)
const LOG_APPEND_TIME = 1

/** kafkajs keeps the head of the record batch with each message, but not in its types; the oldest formats have none. */
type Message = KafkaMessage & { readonly batchContext?: { readonly timestampType: number } }

class View extends ConsumedRecord {
  #message!: Message

  constructor(topic: string, partition: number) {
    super()
    this.topic = topic
    this.partition = partition
  }

  show(message: Message): void {
    this.#message = message
    const { key, value } = message
    // both are views of the response: one Buffer over all of it, made once, serves all records
    const memory = (value ?? key ?? NOTHING).buffer
    if (memory !== this.bytes.buffer) this.bytes = Buffer.from(memory)
    this.keyStart = key?.byteOffset ?? 0
    this.keyLength = key?.length ?? -1
    this.valueStart = value?.byteOffset ?? 0
    this.valueLength = value?.length ?? -1
    this.offset = Number(message.offset)
    this.timestamp = Number(message.timestamp)
    const logged = message.batchContext?.timestampType === LOG_APPEND_TIME
    this.timestampType = logged ? 'LogAppendTime' : 'CreateTime'
  }

  key(): Buffer | null {
    return this.#message.key
  }
  value(): Buffer | null {
    return this.#message.value
  }
  /** The last one of that name. */
  header(name: string): Buffer | undefined {
    const value = this.#message.headers?.[name]
    const last = Array.isArray(value) ? value.at(-1) : value
    return bytesOf(last) ?? undefined
  }
  findHeader(name: string) {
    const bytes = this.header(name)
    return bytes && { bytes, start: 0, length: bytes.length }
  }
  headers(): [string, Buffer | null][] {
    return Object.entries(this.#message.headers ?? {}).flatMap(([name, value]) =>
      [value].flat().map((each): [string, Buffer | null] => [name, bytesOf(each)]),
    )
  }
}

function bytesOf(value: string | Buffer | null | undefined): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : (value ?? null)
}

export function batchOf(
  topic: string,
  partition: number,
  messages: readonly KafkaMessage[],
  polledAt: number,
): Batch {
  return {
    count: messages.length,
    polledAt,
    each(fn) {
      const view = new View(topic, partition)
      for (const message of messages) {
        view.show(message)
        fn(view)
      }
    },
  }
}
