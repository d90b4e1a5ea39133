/** A decoded answer, for sessions that go on from what it says. */
export class Answer {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }

  /** The value at a path such as `topics.0.partitions.1.errorCode`; undefined where there is none. */
  at(path: string): unknown {
    let value = this.value
    for (const key of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[key]
    return value
  }

  /** 0 where there is none: the comparison shows what went wrong before. */
  number(path: string): number {
    return Number(this.at(path) ?? 0)
  }

  text(path: string): string {
    return String(this.at(path) ?? '')
  }

  list(path: string): Answer[] {
    const value = this.at(path)
    return Array.isArray(value) ? value.map(each => new Answer(each)) : []
  }

  /** All error codes in it, wherever they are. */
  errors(): number[] {
    const codes: number[] = []
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return
      for (const [key, inner] of Object.entries(value)) {
        // some APIs name theirs otherwise: partitionErrorCode
        if (/errorCode$/i.test(key)) codes.push(Number(inner))
        else collect(inner)
      }
    }
    collect(this.value)
    return codes
  }
}
