/**
 * Who a transactional producer is: its producer id and epoch, given by the coordinator, and taken away by another producer with the
 * same transactional id.
 *
 * After an end that nobody has confirmed, or in the classic protocol after a broken transaction or a request that may take effect
 * late, a higher epoch is asked for before the next record goes out, so that nothing old can reach into what is new.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError, type ProducerOptions } from '../../../../core/plugin.ts'
import { errorCodes, errorName } from '../../../protocol/errors.ts'
import { BrokerError } from '../failure.ts'
import type { Identity } from '../producer/sequences.ts'
import { type TransactionRequests, transactionTimeoutMs } from './requests.ts'

export const FENCED: ReadonlySet<number> = new Set([
  errorCodes.PRODUCER_FENCED,
  errorCodes.INVALID_PRODUCER_EPOCH,
])

/** Why there will be no other transaction. */
export interface Death {
  readonly error: string
  readonly message: string
  readonly fenced: boolean
}

export interface EpochPort {
  /** All partitions begin anew; undefined: as soon as there is somebody to be. */
  changed(identity: Identity | undefined): void
  died(death: Death): void
}

export class Epoch {
  current: Identity | undefined
  death: Death | undefined
  readonly #requests: TransactionRequests
  readonly #options: ProducerOptions
  readonly #port: EpochPort
  readonly #signal: AbortSignal
  /** While a higher one is asked for. */
  #renewing: Promise<void> | undefined

  /** @param signal ends all asking. */
  constructor(requests: TransactionRequests, options: ProducerOptions, port: EpochPort, signal: AbortSignal) {
    this.#requests = requests
    this.#options = options
    this.#port = port
    this.#signal = signal
  }

  /** The first one, which fences all producers before. @throws ConfigError, BrokerError, LinkError, NoBrokerError */
  async introduce(): Promise<Identity> {
    const { code, answer, error } = await this.#requests.init()
    const id = this.#requests.transactionalId
    if (code === errorCodes.INVALID_TRANSACTION_TIMEOUT) throw new ConfigError([tooLong(this.#options)])
    if (code !== undefined && code !== 0)
      throw new BrokerError(code, `a producer id for transactional id ${id}`)
    if (answer === undefined) throw error
    const { producerId, producerEpoch } = answer
    this.current = { producerId, producerEpoch }
    return this.current
  }

  /** The current one; while a higher one is asked for, that, unless it takes longer than so many ms. */
  async within(ms: number): Promise<Identity | undefined> {
    const enough = new AbortController()
    const late = sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined)
    await Promise.race([this.#renewing, late])
    enough.abort()
    return this.current
  }

  /** What the coordinator has given. */
  adopt({ producerId, producerEpoch }: Identity): void {
    this.current = { producerId, producerEpoch }
    this.#port.changed(this.current)
  }

  /**
   * Asks for a higher epoch; what is appended meanwhile waits.
   * @param abortFirst the last transaction may be open at the coordinator.
   */
  renew(abortFirst: boolean): void {
    const identity = this.current as Identity
    this.current = undefined
    this.#port.changed(undefined)
    this.#renewing = this.#renewed(identity, abortFirst).finally(() => {
      this.#renewing = undefined
    })
  }

  async #renewed(identity: Identity, abortFirst: boolean): Promise<void> {
    for (let open = abortFirst; !this.#signal.aborted; ) {
      // to ask for an epoch while a transaction is open would fence this producer itself
      const ended = open ? await this.#requests.end(identity, false) : undefined
      if (ended?.code !== undefined) {
        if (isFatal(ended.code)) return this.die(ended.code, false)
        if (ended.code === 0 && this.#requests.v2) return this.adopt(ended.answer as Identity)
        open = false
      }
      if (open) continue
      const { code, answer } = await this.#requests.init(identity)
      if (code === 0) return this.adopt(answer as Identity)
      if (code !== undefined) return this.die(code, false)
    }
  }

  /**
   * There will be no other transaction.
   * @param late its transaction was open for longer than the coordinator lets it.
   */
  die(code: number, late: boolean): void {
    if (this.death !== undefined) return
    const fenced = FENCED.has(code)
    const seconds = transactionTimeoutMs(this.#options) / 1000
    const by = late
      ? `its transaction was open for more than ${seconds} s, and the coordinator has aborted it`
      : 'another producer with this id has begun'
    const error = fenced ? 'PRODUCER_FENCED' : errorName(code)
    const why = fenced ? by : error
    const message = `transactional id ${this.#requests.transactionalId}: ${why}; this producer writes no more`
    this.death = { error, message, fenced }
    this.#port.died(this.death)
  }
}

/** Whether no other transaction can follow. */
export function isFatal(code: number): boolean {
  return (
    FENCED.has(code) ||
    code === errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
    code === errorCodes.CLUSTER_AUTHORIZATION_FAILED
  )
}

function tooLong(options: ProducerOptions) {
  const seconds = transactionTimeoutMs(options) / 1000
  return {
    path: 'producer.deliveryTimeout',
    value: `${options.settings.deliveryTimeoutUs / 1e6}s`,
    expected: `with timeout at most the broker's transaction.max.timeout.ms; together they are ${seconds} s`,
    hint: 'a transaction lives that long: lower producer.deliveryTimeout, or raise that setting of the broker',
  }
}
