/** How a backlog is drained: where each partition stood when it began, and when it was read up to the end. */
import type { Member } from '../../core/plugin.ts'

/** Of one partition, for one group. Times in µs since t0. */
export interface Drained {
  readonly group: string
  readonly partition: number
  readonly from: number
  /** When, and how far, it was first read to the end of the log; absent: not yet. */
  readonly at?: number
  readonly to?: number
}
/** What a worker knows. */
export interface DrainPart {
  /** End offsets of all partitions when the drain began; undefined: not known. */
  readonly ends: readonly number[] | undefined
  readonly partitions: readonly Drained[]
}

/** A worker's side: its members, as they read. */
export class Drain {
  #ends: readonly number[] | undefined
  readonly #partitions = new Map<string, Drained>()
  readonly #seen = new Set<Member>()

  /** From here on partitions may be drained. */
  begin(ends: readonly number[]): void {
    this.#ends = ends
  }

  /** Looked at before each poll: one costs some µs for each partition, and only until all that is here is drained. */
  look(member: Member): void {
    const { group, now } = member
    this.#seen.add(member)
    let lags: Map<number, number> | undefined
    for (const { partition, offset } of member.position()) {
      const key = `${group} ${partition}`
      const known = this.#partitions.get(key)
      if (known === undefined) this.#partitions.set(key, { group, partition, from: offset })
      const end = this.#ends?.[partition]
      if (known?.at !== undefined || end === undefined || offset < end) continue
      lags ??= new Map(member.lag().map(each => [each.partition, each.lag]))
      if (lags.get(partition) === 0)
        this.#partitions.set(key, { group, partition, from: known?.from ?? offset, at: now, to: offset })
    }
  }
  /** @param members of this thread. @returns whether nothing is left to be looked for, of all that they have had. */
  isOver(members: readonly Member[]): boolean {
    if (this.#ends === undefined || !members.every(each => !each.joined || this.#seen.has(each))) return false
    return [...this.#partitions.values()].every(each => each.at !== undefined)
  }

  take(): DrainPart {
    return { ends: this.#ends, partitions: [...this.#partitions.values()] }
  }
}

export function mergeDrains(a: DrainPart, b: DrainPart): DrainPart {
  return { ends: a.ends ?? b.ends, partitions: [...a.partitions, ...b.partitions] }
}

export interface GroupBacklog {
  readonly group: string
  /** That waited when the drain began. */
  readonly records: number
  /** µs until all partitions were read up to the end of the log; absent: that did not happen. */
  readonly drainUs?: number
  /** Records/s over that time: what was read of each partition until it was drained itself, new ones included. */
  readonly rate?: number
}

/** @param since µs since t0 when the drain began. */
export function backlogs({ ends, partitions }: DrainPart, since: number): GroupBacklog[] {
  if (ends === undefined) return []
  const groups = [...new Set(partitions.map(each => each.group))].sort()
  return groups.map(group => {
    const found = Map.groupBy(
      partitions.filter(each => each.group === group),
      each => each.partition,
    )
    const all = ends.map((end, partition) => onePartition(found.get(partition) ?? [], end))
    const records = all.reduce((sum, each) => sum + each.waiting, 0)
    const drained = all.map(each => each.at)
    const last = Math.max(since, ...drained.map(at => at ?? Number.POSITIVE_INFINITY))
    if (last === Number.POSITIVE_INFINITY) return { group, records }
    const drainUs = Math.round(last - since)
    const read = all.reduce((sum, each) => sum + each.read, 0)
    return { group, records, drainUs, ...(drainUs > 0 ? { rate: Math.round((read * 1e6) / drainUs) } : {}) }
  })
}

/** It may have had several members, of several threads: the first one says where it began, the first one to be done when. */
function onePartition(of: readonly Drained[], end: number) {
  // one that nobody has had is drained if there never was anything in it
  if (of.length === 0) return { waiting: end, read: 0, at: end === 0 ? 0 : undefined }
  const from = Math.min(...of.map(each => each.from))
  const done = of.filter(each => each.at !== undefined)
  const at = done.length > 0 ? Math.min(...done.map(each => each.at as number)) : undefined
  const to = done.find(each => each.at === at)?.to ?? from
  return { waiting: Math.max(0, end - from), read: Math.max(0, to - from), at }
}
