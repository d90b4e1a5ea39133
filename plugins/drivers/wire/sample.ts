/** Brokers tried at once for questions that any of them answers. */
const AT_ONCE = 4

/** Some of them at random. */
export function sample<T>(all: readonly T[]): readonly T[] {
  const some = [...all]
  for (let i = some.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    const other = some[j] as T
    some[j] = some[i] as T
    some[i] = other
  }
  return some.slice(0, AT_ONCE)
}
