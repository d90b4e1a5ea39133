/** A worker's side of the account of rebalances: who had which partition from when to when, and read it from where to where. */
import type { Member, RunEvent } from '../../core/plugin.ts'

/** Times in µs since t0. What a member has read of one partition since it got it. */
export interface Stint {
  readonly group: string
  readonly partition: number
  readonly since: number
  readonly until: number
  /** Offsets: the first one it read, and the next one to read. */
  readonly from: number
  readonly to: number
}
/** A member that gave up what it had, or was away, until it had its partitions. */
export interface Pause {
  readonly group: string
  readonly from: number
  readonly to: number
  /** Partitions that it had before and has no more. */
  readonly lost: number
}
/** What happened since the worker was last asked but some: main takes each once, by its number. */
export interface StintPart {
  readonly thread: number
  readonly at: number
  readonly over: readonly Numbered[]
  /** Those that go on. */
  readonly open: readonly Stint[]
  readonly pausing: readonly Pause[]
}
type Numbered = { readonly n: number } & ({ readonly stint: Stint } | { readonly pause: Pause })

/** Once a second it is asked; main may be so many times late to hear. */
const KEPT = 15
/** How often it is looked what a member still has that gives up some of its partitions, ms. */
const LOOK_MS = 20

type Open = { -readonly [K in keyof Stint]: Stint[K] }
interface Place {
  readonly member: Member
  readonly stints: Map<number, Open>
  /** Since when it has been in a rebalance; NaN: it is in none. */
  rebalancing: number
}

interface StintsOptions {
  readonly thread: number
  readonly members: readonly Member[]
  readonly now: () => number
  /** A member gives up all that it has while its group rebalances. */
  readonly eager: boolean
}

export class Stints {
  readonly #o: StintsOptions
  readonly #places = new Map<Member, Place>()
  #looks: NodeJS.Timeout | undefined
  #over: { readonly taken: number; readonly what: Numbered }[] = []
  #n = 0
  #taken = 0

  constructor(options: StintsOptions) {
    this.#o = options
  }

  /** Traffic is about to begin, with who is there. */
  start(): void {
    for (const place of this.#all()) this.#look(place, 0)
  }
  #all(): Place[] {
    return this.#o.members.map(member => {
      const place = this.#places.get(member) ?? { member, stints: new Map(), rebalancing: Number.NaN }
      this.#places.set(member, place)
      return place
    })
  }

  event(event: RunEvent): void {
    if (event.kind !== 'rebalance' && event.kind !== 'member') return
    const { group, member: index, at } = event
    for (const place of this.#all()) {
      const { member, rebalancing } = place
      if (member.group !== group || member.index !== index) continue
      if (event.step === 'start') {
        this.#look(place, at)
        place.rebalancing = at
        if (this.#o.eager) this.#close(place, at)
        else this.#looks ??= setInterval(() => this.#watch(), LOOK_MS).unref()
        continue
      }
      if (event.step === 'join') this.#pause(group, at - event.tookUs, at, 0)
      else this.#pause(group, rebalancing, at, event.step === 'end' ? event.lost : 0)
      if (event.step === 'leave' || event.step === 'kill') {
        this.#look(place, at)
        this.#close(place, at)
        place.rebalancing = Number.NaN
      } else {
        place.rebalancing = Number.NaN
        this.#look(place, at)
      }
    }
  }

  /** Nothing more happens. */
  end(): void {
    clearInterval(this.#looks)
  }

  /** Members that keep some of their partitions give up the others one by one. */
  #watch(): void {
    const places = this.#all().filter(place => !Number.isNaN(place.rebalancing))
    for (const place of places) this.#look(place, this.#o.now())
    if (places.length > 0) return
    clearInterval(this.#looks)
    this.#looks = undefined
  }

  /** How far it has read what it has; what it has got, and has no more. */
  #look({ member, stints, rebalancing }: Place, now: number): void {
    // what it says that it has is what it had before
    if (this.#o.eager && !Number.isNaN(rebalancing)) return
    const { group } = member
    const found = new Set<number>()
    for (const { partition, offset } of member.position()) {
      found.add(partition)
      const stint = stints.get(partition)
      if (stint !== undefined && offset >= stint.to) stint.to = offset
      else {
        // it went back: it had lost the partition, and has it again
        if (stint !== undefined) this.#end({ ...stint, until: now })
        stints.set(partition, { group, partition, since: now, until: now, from: offset, to: offset })
      }
    }
    for (const [partition, stint] of stints) {
      if (found.has(partition)) continue
      stints.delete(partition)
      this.#end({ ...stint, until: now })
    }
  }
  #close({ stints }: Place, until: number): void {
    for (const stint of stints.values()) this.#end({ ...stint, until })
    stints.clear()
  }

  #end(stint: Stint): void {
    this.#over.push({ taken: this.#taken, what: { n: this.#n++, stint } })
  }
  #pause(group: string, from: number, to: number, lost: number): void {
    // while groups come together, before the start, everything moves
    if (Number.isNaN(from) || to <= 0) return
    this.#over.push({ taken: this.#taken, what: { n: this.#n++, pause: { group, from, to, lost } } })
  }

  take(): StintPart {
    const at = this.#o.now()
    this.#taken++
    this.#over = this.#over.filter(each => each.taken > this.#taken - KEPT)
    const places = this.#all()
    for (const place of places) if (place.member.joined) this.#look(place, at)
    return {
      thread: this.#o.thread,
      at,
      over: this.#over.map(each => each.what),
      open: places.flatMap(({ stints }) => [...stints.values()].map(stint => ({ ...stint, until: at }))),
      pausing: places.flatMap(({ member: { group }, rebalancing }) =>
        Number.isNaN(rebalancing) ? [] : [{ group, from: rebalancing, to: at, lost: 0 }],
      ),
    }
  }
}
