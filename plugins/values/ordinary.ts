/** Chance for trying things out before there is a stream: schemas run before the seed is known. */
import type { Random } from '../../core/plugin.ts'

let x = 1
const next = () => {
  x = (Math.imul(x, 1664525) + 1013904223) | 0
  return (x ^ (x >>> 15)) >>> 0
}
export const ordinary: Random = {
  seek(index) {
    x = index | 0
  },
  float: () => next() / 0x100000000,
  int: bound => Math.floor((next() / 0x100000000) * bound),
}
