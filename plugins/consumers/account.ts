/** Main's account of rebalances: what the workers tell, each stint and pause once, group by group. */
import { Ranges } from './ranges.ts'
import type { Pause, Stint, StintPart } from './stints.ts'

class GroupAccount {
  /** Instants in which a member was in a rebalance. */
  #rebalancing = new Ranges()
  /** By partition: instants in which it had an owner, and offsets that were read. */
  readonly #owned = new Map<number, { owned: Ranges; read: Ranges }>()
  redelivered = 0
  moved = 0

  stint({ partition, since, until, from, to }: Stint): void {
    const of = this.#owned.get(partition) ?? { owned: new Ranges(), read: new Ranges() }
    this.#owned.set(partition, of)
    of.owned.add(Math.max(0, since), until)
    this.redelivered += of.read.add(from, to)
  }
  pause({ from, to, lost }: Pause): void {
    this.#rebalancing.add(from, to)
    this.moved += lost
  }

  /** With what goes on at this instant. */
  with(open: readonly Stint[], pausing: readonly Pause[]): GroupAccount {
    const all = new GroupAccount()
    all.redelivered = this.redelivered
    all.moved = this.moved
    all.#rebalancing = this.#rebalancing.copy()
    for (const [partition, { owned, read }] of this.#owned)
      all.#owned.set(partition, { owned: owned.copy(), read: read.copy() })
    for (const each of open) all.stint(each)
    for (const each of pausing) all.pause(each)
    return all
  }

  /** @param at µs since t0, from when on a partition is to have an owner. */
  figures(at: number) {
    const partitions = [...this.#owned]
      .map(([partition, { owned }]) => {
        const unownedUs = Math.max(0, Math.round(at - owned.size))
        return { partition, unownedUs, longestUs: Math.round(owned.longestGap(0, at)) }
      })
      .sort((a, b) => a.partition - b.partition)
    return {
      count: this.#rebalancing.count,
      timeUs: Math.round(this.#rebalancing.size),
      longestUs: Math.round(this.#rebalancing.longest),
      unownedUs: partitions.reduce((most, each) => Math.max(most, each.longestUs), 0),
      redelivered: this.redelivered,
      moved: this.moved,
      partitions: partitions.filter(each => each.unownedUs > 0),
    }
  }
}

export class RebalanceAccount {
  readonly #groups = new Map<string, GroupAccount>()
  /** The next number of each thread. */
  readonly #next = new Map<number, number>()
  #last: readonly StintPart[] = []

  add(parts: readonly StintPart[]): void {
    this.#last = parts
    const fresh = parts.flatMap(({ thread, over }) => {
      const next = this.#next.get(thread) ?? 0
      const news = over.filter(each => each.n >= next)
      this.#next.set(thread, Math.max(next, ...news.map(each => each.n + 1)))
      return news
    })
    for (const each of fresh) {
      if ('stint' in each) this.#of(each.stint.group).stint(each.stint)
      else this.#of(each.pause.group).pause(each.pause)
    }
  }
  #of(group: string): GroupAccount {
    const found = this.#groups.get(group) ?? new GroupAccount()
    this.#groups.set(group, found)
    return found
  }

  /** As it stands, by the name of the group. */
  figures(): Map<string, ReturnType<GroupAccount['figures']>> {
    const at = Math.max(0, ...this.#last.map(part => part.at))
    const open = this.#last.flatMap(part => part.open)
    const pausing = this.#last.flatMap(part => part.pausing)
    for (const { group } of [...open, ...pausing]) this.#of(group)
    const all = [...this.#groups].sort(([a], [b]) => (a < b ? -1 : 1))
    return new Map(
      all.map(([group, account]) => {
        const mine = (each: { readonly group: string }) => each.group === group
        return [group, account.with(open.filter(mine), pausing.filter(mine)).figures(at)]
      }),
    )
  }
}
