/** index mod cardinality, for whole numbers up to 2^53: beyond 31 bits in a fraction of the time that % takes. */
export function cycled(index: number, cardinality: number): number {
  return index - Math.floor(index / cardinality) * cardinality
}
