/** How many headers records have, and which. */
import type { HeaderList } from '../../core/plugin.ts'

/** Names that are counted for themselves. */
const MOST = 32

/** Cloneable. */
export interface HeaderPart {
  /** Headers of all records of the sample. */
  readonly count: number
  /** Records of the sample with a header of the name. */
  readonly names: readonly string[]
  readonly records: Float64Array
}

export class HeaderNames {
  #count = 0
  readonly #names: string[] = []
  readonly #records = new Float64Array(MOST)

  add(headers: HeaderList): void {
    this.#count += headers.count
    for (let i = 0; i < headers.count; i++) {
      const place = this.#placeOf(headers.name(i))
      if (place < MOST) this.#records[place] = (this.#records[place] as number) + 1
    }
  }
  part(): HeaderPart {
    return {
      count: this.#count,
      names: [...this.#names],
      records: this.#records.slice(0, this.#names.length),
    }
  }

  #placeOf(name: string): number {
    const names = this.#names
    let place = 0
    while (place < names.length && names[place] !== name) place++
    if (place === names.length && place < MOST) names.push(name)
    return place
  }
}

export function mergeHeaders(x: HeaderPart, y: HeaderPart): HeaderPart {
  const all = new Map<string, number>()
  for (const { names, records } of [x, y])
    for (const [i, name] of names.entries()) all.set(name, (all.get(name) ?? 0) + (records[i] as number))
  return { count: x.count + y.count, names: [...all.keys()], records: Float64Array.from(all.values()) }
}
