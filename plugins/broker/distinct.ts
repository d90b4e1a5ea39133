/** The items with different keys, the first of each: what is asked for twice is answered once. */
export function distinct<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter(item => {
    const key = keyOf(item)
    return !seen.has(key) && seen.add(key)
  })
}
