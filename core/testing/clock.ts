/** A clock whose time passes only when there is nothing left to do: a minute's schedule runs in as long as its work takes. */
import type { Clock } from '../clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly fn: () => void
  cancelled: boolean
}

export function createClock(): Clock {
  let now = 0
  let orders = 0
  let turning = false
  const heap: Timer[] = []
  const before = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const push = (timer: Timer) => {
    let i = heap.push(timer) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(timer, heap[parent] as Timer)) break
      heap[i] = heap[parent] as Timer
      i = parent
    }
    heap[i] = timer
  }
  const pop = (): Timer | undefined => {
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++
      if (!before(heap[child] as Timer, last)) break
      heap[i] = heap[child] as Timer
      i = child
    }
    heap[i] = last
    return top
  }
  // one timer a turn of the real loop: messages and promises have theirs in between
  const turn = () => {
    turning = false
    let timer = pop()
    while (timer?.cancelled) timer = pop()
    if (timer === undefined) return
    now = Math.max(now, timer.at)
    arm()
    timer.fn()
  }
  const arm = () => {
    if (turning) return
    turning = true
    setImmediate(turn)
  }
  const after = (us: number, fn: () => void) => {
    const timer: Timer = { at: now + Math.max(0, Math.round(us)), order: orders++, fn, cancelled: false }
    push(timer)
    arm()
    return () => {
      timer.cancelled = true
    }
  }
  return { now: () => now, after, soon: fn => void after(0, fn), virtual: true }
}
