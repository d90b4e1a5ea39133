/**
 * What a socket reads, cut into frames (a 32-bit length, then that many bytes). It is read into memory that is used again: the
 * fresh 64 KiB that Node takes for each read cost a consumer a third of its CPU in collecting them. What is left of a long
 * frame is read to where it is to be, without a copy.
 */
import { frameLength } from '../../protocol/frames.ts'

const STAGE_BYTES = 64 * 1024
/** Of long frames for which nobody has memory: as much as this, then doubled as it is filled. */
const LEAST_BYTES = 2 * STAGE_BYTES

/** Memory for a frame of so many bytes, of at least that length; undefined: the frame is to have memory of its own. */
export type Place = (bytes: number) => Buffer | undefined

const nowhere: Place = () => undefined

export class Intake {
  /** Asked for the memory of each frame. */
  place: Place = nowhere
  /** Called when bytes have come: frames are taken by `next` until there is none. */
  onBytes: () => void = () => undefined
  /** For `net.connect` and `tls.connect`. */
  readonly onread: { buffer: () => Buffer; callback: (bytes: number) => boolean }
  readonly #stage = Buffer.allocUnsafeSlow(STAGE_BYTES)
  /** Bytes of the stage that no frame has taken. */
  #from = 0
  #to = 0
  /** A long frame, how much of it is there, and how long it is to be. */
  #frame: Buffer | undefined
  #filled = 0
  #length = 0

  constructor() {
    this.onread = {
      buffer: () => this.#space(),
      callback: bytes => {
        this.#read(bytes)
        return true
      },
    }
  }

  /** What was read last, as far as it did not go on a long frame: for messages about bytes that are no frames. */
  get staged(): Buffer {
    return this.#stage.subarray(0, this.#to)
  }

  #space(): Buffer {
    if (this.#frame !== undefined) return this.#frame.subarray(this.#filled, this.#length)
    if (this.#from > 0) {
      this.#stage.copyWithin(0, this.#from, this.#to)
      this.#to -= this.#from
      this.#from = 0
    }
    return this.#stage.subarray(this.#to)
  }

  #read(bytes: number): void {
    if (this.#frame === undefined) this.#to += bytes
    else this.#filled += bytes
    this.onBytes()
  }

  /**
   * The next whole frame without its length, or undefined until more arrives. One that was not placed is good until more is read.
   * @throws MalformedError for a length that no frame has.
   */
  next(): Buffer | undefined {
    return this.#frame === undefined ? this.#staged() : this.#long(this.#frame)
  }

  #staged(): Buffer | undefined {
    const start = this.#from + 4
    if (start > this.#to) return undefined
    const length = frameLength(this.#stage.readInt32BE(this.#from))
    if (start + length <= this.#to) {
      const frame = this.#stage.subarray(start, start + length)
      this.#from = start + length
      const placed = this.place(length)
      if (placed === undefined) return frame
      frame.copy(placed)
      return placed.subarray(0, length)
    }
    // else the rest comes to where the stage begins
    if (4 + length > STAGE_BYTES) this.#begin(length)
    return undefined
  }

  #begin(length: number): void {
    this.#length = length
    this.#frame = this.place(length) ?? Buffer.allocUnsafeSlow(Math.min(length, LEAST_BYTES))
    this.#filled = this.#stage.copy(this.#frame, 0, this.#from + 4, this.#to)
    this.#from = this.#to = 0
  }

  #long(frame: Buffer): Buffer | undefined {
    if (this.#filled === this.#length) {
      this.#frame = undefined
      return frame.subarray(0, this.#length)
    }
    // memory follows what has come, not what was announced
    if (this.#filled === frame.length) {
      this.#frame = Buffer.allocUnsafeSlow(Math.min(this.#length, 2 * frame.length))
      frame.copy(this.#frame)
    }
    return undefined
  }
}
