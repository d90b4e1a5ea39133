/** Codecs that Node has not: native packages, loaded when the first batch needs them, since most runs need none. */

/** The package is not there, or has nothing for this platform. */
export class LibraryError extends Error {
  override readonly name = 'LibraryError'
}

export class Library<T> {
  readonly #package: string
  readonly #import: () => Promise<T>
  #loading: Promise<void> | undefined
  #module: T | undefined
  #failure: LibraryError | undefined

  constructor(name: string, load: () => Promise<T>) {
    this.#package = name
    this.#import = load
  }

  /** Loads it, once. Never rejects: see `failure`. */
  load(): Promise<void> {
    this.#loading ??= this.#load()
    return this.#loading
  }
  async #load(): Promise<void> {
    try {
      this.#module = await this.#import()
    } catch (error) {
      const [why] = (error as Error).message.split('\n')
      this.#failure = new LibraryError(`the package ${this.#package} cannot be loaded: ${why}`, {
        cause: error,
      })
    }
  }

  /** Loaded, or never to be. */
  get settled(): boolean {
    return this.#module !== undefined || this.#failure !== undefined
  }
  get failure(): LibraryError | undefined {
    return this.#failure
  }

  /** @throws LibraryError */
  get module(): T {
    if (this.#module !== undefined) return this.#module
    throw this.#failure ?? new LibraryError(`the package ${this.#package} is not loaded`)
  }
}

export const snappy = new Library('snappy', () => import('snappy'))
export const lz4 = new Library('lz4-napi', () => import('lz4-napi'))

/** The library of a codec; undefined for those that Node has. */
export function libraryOf(codec: string): Library<unknown> | undefined {
  return codec === 'snappy' ? snappy : codec === 'lz4' ? lz4 : undefined
}
