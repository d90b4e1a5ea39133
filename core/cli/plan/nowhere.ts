/** The engine makes records here as it does in a run, for a driver that leads nowhere. */
import { Drafting } from '../../drafting.ts'
import type { Producer } from '../../driver.ts'
import type { HostStream } from '../../host.ts'
import { Ledger } from '../../measure/ledger.ts'
import type { Draft, Target } from '../../record.ts'

/** A producer with room for everything. */
export function nowhere(partitions: number, append: (draft: Draft) => void): Producer {
  return {
    room: () => true,
    append,
    partitions: () => partitions,
    held: () => undefined,
    begin: () => undefined,
    end: async () => 'unknown',
    flush: async () => undefined,
    close: async () => undefined,
  }
}

export interface Records {
  /** Makes the record of a place and time, by all its hooks. undefined: a plugin drops it. Good until the next one. */
  make(index: number, at: number): Draft | undefined
  /** Writes its value, with what the engine writes there. */
  fill(draft: Draft, target: Target): void
}

export function recordsOf(stream: HostStream, seed: number): Records {
  const { config, hooks, number, schedule } = stream
  const ledger = new Ledger({
    measureFrom: 0,
    measureTo: Number.POSITIVE_INFINITY,
    open: true,
    answers: true,
  })
  const common = { stream: config, number, run: 1, seed, hooks, ledger, schedule, endUs: 0, now: () => 0 }
  const drafting = new Drafting(common)
  let made: Draft | undefined
  const producer = nowhere(config.topic.partitions, draft => {
    made = draft
  })
  const nothing = () => undefined
  const port = drafting.port(nothing, nothing, nothing)
  return {
    make(index, at) {
      made = undefined
      drafting.send({ id: index % config.producers, producer }, index, at, at, 1)
      return made
    },
    fill: (draft, target) => port.fill(draft, target, 0),
  }
}

/** As large as the record's value, which is none of a tombstone's. */
export function placeFor({ size }: Draft): Target {
  const bytes = Buffer.alloc(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset), start: 0, length: size }
}
