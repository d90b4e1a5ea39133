/** How far readers of committed records are held back: main asks once a second. */
import type { Admin, Run, Snapshot, Stream } from '../../core/plugin.ts'

/** Of the whole run; older ones are merged, the larger of two. */
const SAMPLES = 3600

export interface LsoLag {
  /** Records between the last stable offset and the end of the log, of all partitions. */
  readonly max: number
  readonly mean: number
  /** [second, records] */
  readonly samples: readonly (readonly [second: number, records: number])[]
}

export class LsoSampler {
  readonly #run: Run
  readonly #topic: string
  readonly #metrics
  readonly #samples: (readonly [second: number, records: number])[] = []
  #admin: Promise<Admin> | undefined
  #busy = false
  #sum = 0
  #count = 0
  #max = 0

  constructor(run: Run, stream: Stream, topic: string) {
    this.#run = run
    this.#topic = topic
    const help = 'records between the last stable offset and the end of the log'
    this.#metrics = {
      now: stream.metrics.gauge('lsoLag.now', { unit: 'records', help, merge: 'max' }),
      all: stream.metrics.histogram('lsoLag', { unit: 'records', help }),
    }
  }

  /** Without waiting for the answer: a broker that does not answer is no failure of a report. */
  sample(snapshot: Snapshot): void {
    if (this.#busy) return
    this.#busy = true
    this.#ask()
      .then(lag => this.#add(snapshot.second, lag))
      // what the brokers cannot tell now they may tell in a second
      .catch(() => undefined)
      .finally(() => {
        this.#busy = false
      })
  }

  async #ask(): Promise<number> {
    const admin = await this.#opened()
    // one after the other, in this order, or it would be too small; what is written between the two is in it
    const stable = await admin.offsets(this.#topic, 'stable')
    const ends = await admin.offsets(this.#topic, 'end')
    return ends.reduce((lag, end, i) => lag + Math.max(0, end - (stable[i] ?? end)), 0)
  }
  #opened(): Promise<Admin> {
    if (this.#admin === undefined) {
      const admin = this.#run.client().then(client => client.admin())
      this.#admin = admin
      admin.then(
        opened => this.#run.defer(() => opened.close()),
        () => {
          this.#admin = undefined
        },
      )
    }
    return this.#admin
  }

  #add(second: number, lag: number): void {
    this.#metrics.now.set(lag)
    this.#metrics.all.record(lag)
    this.#sum += lag
    this.#count++
    this.#max = Math.max(this.#max, lag)
    this.#samples.push([second, lag])
    if (this.#samples.length <= SAMPLES) return
    const old = this.#samples.splice(0, SAMPLES / 2)
    const merged = old.flatMap(([at, n], i) =>
      i % 2 === 0 ? [[at, Math.max(n, old[i + 1]?.[1] ?? 0)] as const] : [],
    )
    this.#samples.unshift(...merged)
  }

  /** undefined: nobody could tell. */
  get figures(): LsoLag | undefined {
    if (this.#count === 0) return undefined
    return { max: this.#max, mean: Math.round(this.#sum / this.#count), samples: this.#samples }
  }
}
