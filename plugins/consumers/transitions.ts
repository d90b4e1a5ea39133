/** Who is to come and go when: a pure function of the schedule, so that every thread finds the same. */
import type { Member, Random } from '../../core/plugin.ts'

type What = 'join' | 'leave' | 'kill'

/** Times in µs since t0. */
export interface Step {
  readonly at: number
  readonly what: What
  readonly for?: number | undefined
  readonly every?: number | undefined
  readonly member?: number | 'next' | undefined
  readonly share?: number | undefined
  readonly group?: number | undefined
}
export interface Transition {
  readonly at: number
  readonly what: What
}

export class Transitions {
  readonly #steps: readonly Step[]
  /** Members of each group. */
  readonly #count: number
  readonly #random: Random
  /** Of each step, who was drawn the last time it was asked. */
  readonly #drawn: ({ readonly time: number; readonly members: ReadonlySet<number> } | undefined)[] = []

  constructor(steps: readonly Step[], count: number, random: Random) {
    this.#steps = steps
    this.#count = count
    this.#random = random
  }

  /** Whether the first that happens to a member is that it joins. */
  startsOutside(member: Member): boolean {
    const mine = this.#steps.filter((step, i) => this.#concerns(step, i, 0, member))
    const first = mine.reduce<Step | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined)
    return first?.what === 'join'
  }

  /** What happens to a member after one time and up to another, in order. */
  between(from: number, to: number, member: Member): Transition[] {
    const found: Transition[] = []
    const add = (at: number, what: What) => {
      if (at > from && at <= to) found.push({ at, what })
    }
    for (const [i, step] of this.#steps.entries()) {
      const { at, what, every, for: length } = step
      const last = every === undefined ? 0 : Math.floor((to - at) / every)
      // the one that began before is undone, if at all, before the next one begins
      const first = every === undefined || from < at ? 0 : Math.floor((from - at) / every)
      for (let time = first; time <= last && to >= at; time++) {
        if (!this.#concerns(step, i, time, member)) continue
        const begins = at + time * (every ?? 0)
        add(begins, what)
        if (length !== undefined) add(begins + length, what === 'join' ? 'leave' : 'join')
      }
    }
    return found.sort((a, b) => a.at - b.at)
  }

  /** @param time how often it happened before. */
  #concerns({ member: which, share, group }: Step, step: number, time: number, member: Member): boolean {
    const { index, number } = member
    if (group !== undefined && Math.floor(number / this.#count) !== group) return false
    if (which === 'next') return index === time % this.#count
    if (which !== undefined) return index === which
    return share === undefined || this.#draw(step, share, time).has(index)
  }

  #draw(step: number, share: number, time: number): ReadonlySet<number> {
    const before = this.#drawn[step]
    if (before?.time === time) return before.members
    const lots = Array.from({ length: this.#count }, (_, index) => {
      this.#random.seek((step * 2 ** 26 + time) * this.#count + index)
      return { index, lot: this.#random.float() }
    })
    const most = Math.ceil(share * this.#count)
    const drawn = lots.sort((a, b) => a.lot - b.lot).slice(0, most)
    const members = new Set(drawn.map(each => each.index))
    this.#drawn[step] = { time, members }
    return members
  }
}
