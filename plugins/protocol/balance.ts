/** Sharing partitions out evenly, and moving no more than that takes: what sticky assignors have in common. */

/** A partition as `<topic> <number>`, by the topic's name or id. */
export type PartitionKey = string

export function keyOf(topic: string, partition: number): PartitionKey {
  return `${topic} ${partition}`
}
export function topicOf(key: PartitionKey): string {
  return key.slice(0, key.lastIndexOf(' '))
}
export function partitionOf(key: PartitionKey): number {
  return Number(key.slice(key.lastIndexOf(' ') + 1))
}

/** Somebody who gets partitions. */
export interface Share {
  /** Whose partitions it may have. */
  readonly topics: ReadonlySet<string>
  /** What it has, and keeps as far as the balance allows. */
  readonly has: Set<PartitionKey>
}

/**
 * Gives what nobody has to whoever has least; then moves from whoever has at least two more than another one that may have
 * it. Nobody could give anything to anybody then without having less.
 * @param all partitions, in the order in which they are given.
 */
export function balance(shares: readonly Share[], all: Iterable<PartitionKey>): void {
  const owned = new Set(shares.flatMap(each => [...each.has]))
  for (const key of all) if (!owned.has(key)) leastOf(shares, topicOf(key))?.has.add(key)
  // each move makes the sum of squares smaller, so there is an end
  while (moveSome(shares));
}

function leastOf(shares: readonly Share[], topic: string): Share | undefined {
  let least: Share | undefined
  for (const share of shares)
    if (share.topics.has(topic) && (least === undefined || share.has.size < least.has.size)) least = share
  return least
}

/** One partition of each at most, from whoever has most on: so nobody gives away what it would get back. */
function moveSome(shares: readonly Share[]): boolean {
  let moved = false
  for (const from of shares.toSorted((a, b) => b.has.size - a.has.size)) {
    const looked = new Set<string>()
    // the last that came is the first to go
    for (const key of [...from.has].reverse()) {
      const topic = topicOf(key)
      if (looked.has(topic)) continue
      looked.add(topic)
      const to = leastOf(shares, topic)
      if (to === undefined || to.has.size + 2 > from.has.size) continue
      from.has.delete(key)
      to.has.add(key)
      moved = true
      break
    }
  }
  return moved
}
