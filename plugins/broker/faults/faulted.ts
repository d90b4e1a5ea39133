import type { Frame } from '../dispatch.ts'

/** An answer with a fate of its own. */
export class Faulted {
  readonly frame: Frame
  /** What the connection waits for before the next request; undefined: it is closed. */
  readonly next: Promise<Frame> | undefined

  constructor(frame: Frame, next?: Promise<Frame>) {
    this.frame = frame
    this.next = next
  }
}
