/** A transactional producer in steps. */
import type { Answer } from './answer.ts'
import { batchOf, fetchRequest, produce } from './requests.ts'
import type { Script } from './script.ts'

export class Producer {
  readonly #s: Script
  readonly transactionalId: string
  id = -1n
  epoch = -1
  readonly #sequences = new Map<string, number>()

  constructor(s: Script, transactionalId: string) {
    this.#s = s
    this.transactionalId = transactionalId
  }

  async init(label: string, transactionTimeoutMs = 60_000): Promise<Answer> {
    const request = { transactionalId: this.transactionalId, transactionTimeoutMs }
    const answer = await this.#s.call(label, 'InitProducerId', 1, request)
    this.id = BigInt((answer.at('producerId') as bigint | undefined) ?? -1n)
    this.epoch = answer.number('producerEpoch')
    this.#sequences.clear()
    return answer
  }

  /** Asks with the id and epoch it has, and keeps them. */
  initWith(label: string, version: number): Promise<Answer> {
    return this.#s.call(label, 'InitProducerId', version, {
      transactionalId: this.transactionalId,
      transactionTimeoutMs: 60_000,
      producerId: this.id,
      producerEpoch: this.epoch,
    })
  }

  add(label: string, topic: string, partition = 0, version = 3): Promise<Answer> {
    return this.#s.call(label, 'AddPartitionsToTxn', version, {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: this.id,
      v3AndBelowProducerEpoch: this.epoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    })
  }

  async produce(
    label: string,
    topic: string,
    count: number,
    options: { readonly version?: number; readonly partition?: number; readonly epoch?: number } = {},
  ): Promise<Answer> {
    const { version = 9, partition = 0, epoch = this.epoch } = options
    const place = `${topic} ${partition}`
    const baseSequence = this.#sequences.get(place) ?? 0
    const records = batchOf(count, 10, {
      timestamp: this.#s.past,
      producerId: this.id,
      producerEpoch: epoch,
      baseSequence,
      attributes: 0x10,
    })
    const { transactionalId } = this
    const answer = await produce(this.#s, label, version, topic, records, { transactionalId, partition })
    if (answer.errors().every(code => code === 0)) this.#sequences.set(place, baseSequence + count)
    return answer
  }

  /** Ends as the second protocol does: the answer has the epoch, and maybe the id, to go on with. */
  async endBumping(label: string, committed: boolean, epoch = this.epoch): Promise<Answer> {
    const { transactionalId, id: producerId } = this
    const request = { transactionalId, producerId, producerEpoch: epoch, committed }
    const answer = await this.#s.call(label, 'EndTxn', 5, request)
    if (answer.number('errorCode') === 0 && answer.number('producerEpoch') >= 0) {
      this.id = BigInt(answer.at('producerId') as bigint)
      this.epoch = answer.number('producerEpoch')
      this.#sequences.clear()
    }
    return answer
  }

  end(label: string, committed: boolean, version = 3): Promise<Answer> {
    return this.#s.call(label, 'EndTxn', version, {
      transactionalId: this.transactionalId,
      producerId: this.id,
      producerEpoch: this.epoch,
      committed,
    })
  }
}

/** Waits, unrecorded, until no transaction is open in a partition: its markers are there. */
export async function ended(s: Script, topic: string, partition = 0): Promise<void> {
  const at = (answer: Answer, field: string) => answer.number(`responses.0.partitions.0.${field}`)
  const until = (answer: Answer) => at(answer, 'lastStableOffset') === at(answer, 'highWatermark')
  await s.call('', 'Fetch', 12, fetchRequest(s, topic, { partition }), { quiet: true, until })
}
