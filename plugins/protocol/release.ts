/** Highest metadata.version of each release: Kafka's MetadataVersion.java. A broker tells nothing else of its version. */
const releases = [
  [7, '3.3'],
  [8, '3.4'],
  [11, '3.5'],
  [14, '3.6'],
  [19, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [25, '4.0'],
  [27, '4.1'],
] as const

/** Release of Apache Kafka by the highest metadata.version that a broker supports, e.g. '4.1'. */
export function releaseOf(level: number): string {
  return releases.find(([highest]) => level <= highest)?.[1] ?? `(metadata.version ${level}, newer than 4.1)`
}
