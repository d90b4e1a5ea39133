/** Reads a worker's share of a topic, from the ends that its partitions had before traffic. In no group: nobody else is to wait for it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, ConfigError, type Consumer, type Run } from '../../core/plugin.ts'

/** Between two looks at how far it is, ms. */
const LOOK_MS = 10
const HOLD_MS = 1

export interface ReaderOptions {
  readonly topic: string
  /** Path of the option that names it. */
  readonly option: string
  /** Whether a partition is this worker's. */
  readonly own: (partition: number) => boolean
  readonly isolation: 'read_committed' | 'read_uncommitted'
  readonly take: (batch: Batch) => void
  /** Between polls: what is to be done meanwhile, and µs that the next one may wait; 'hold': there is to be none now. */
  readonly next: () => number | 'hold'
}

export class Reader {
  readonly #run: Run
  readonly #o: ReaderOptions
  readonly #stop = new AbortController()
  #consumer: Consumer | undefined
  #reading: Promise<void> | undefined
  #failure: unknown

  constructor(run: Run, options: ReaderOptions) {
    this.#run = run
    this.#o = options
  }

  /** @throws ConfigError when there is no such topic */
  async open(): Promise<void> {
    const { topic, option, own, isolation } = this.#o
    const client = await this.#run.client()
    const admin = await client.admin()
    try {
      if ((await admin.describe(topic)) === undefined) throw missing(option, topic)
      const ends = await admin.offsets(topic, 'end')
      const from = ends
        .map((offset, partition) => ({ topic, partition, offset }))
        .filter(({ partition }) => own(partition))
      if (from.length === 0) return
      this.#consumer = await client.consumer({ isolation })
      await this.#consumer.assign(from)
    } finally {
      await admin.close()
    }
  }

  start(): void {
    this.#reading = this.#read().catch(error => {
      this.#failure = error
      this.#run.abort(`${this.#o.topic} cannot be read any more`)
    })
  }

  /** Whether there is something to wait for. */
  get alive(): boolean {
    return this.#consumer !== undefined && this.#failure === undefined
  }
  /** Reads up to where the topic ends now, unless it is `over` before, and closes. @throws what ended the reading before its time */
  async finish(over: () => boolean): Promise<void> {
    if (this.alive && !over()) {
      const ends = await this.#offsets()
      while (this.alive && !this.#reached(ends) && !over()) await sleep(LOOK_MS)
    }
    this.#stop.abort()
    await this.#reading
    await this.#consumer?.leave()
    if (this.#failure !== undefined) throw this.#failure
  }

  #reached(ends: readonly number[]): boolean {
    return (this.#consumer?.position() ?? []).every(p => p.offset >= (ends[p.partition] ?? 0))
  }
  /** The ends, as its consumer sees them. */
  async #offsets(): Promise<readonly number[]> {
    const { topic, isolation } = this.#o
    const admin = await (await this.#run.client()).admin()
    try {
      return await admin.offsets(topic, isolation === 'read_committed' ? 'stable' : 'end')
    } finally {
      await admin.close()
    }
  }

  async #read(): Promise<void> {
    const consumer = this.#consumer
    if (consumer === undefined) return
    const { take, next } = this.#o
    const { signal } = this.#stop
    while (!signal.aborted) {
      const timeoutUs = next()
      if (timeoutUs === 'hold') await sleep(HOLD_MS)
      else await consumer.poll(take, { timeoutUs, signal })
    }
  }
}

function missing(option: string, topic: string): ConfigError {
  const expected = 'the name of a stream of this run, or of a topic that is there'
  const hint = 'the topic of a stream is made by the run, any other one has to be there'
  return new ConfigError([{ path: option, value: topic, expected, hint }])
}
