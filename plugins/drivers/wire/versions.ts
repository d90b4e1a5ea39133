/** What a broker has, as its answer to ApiVersions tells. */
import type { apiVersions } from '../../protocol/messages/api-versions.ts'
import { releaseOf } from '../../protocol/release.ts'
import type { ResponseOf, Versioned } from '../../protocol/schema.ts'
import { type Address, LinkError } from './failure.ts'

export class Versions {
  /** What the broker is, e.g. 'Apache Kafka 4.1', as far as it tells. */
  readonly software: string
  readonly #address: Address
  readonly #apis: ReadonlyMap<number, { readonly min: number; readonly max: number }>
  readonly #features: ReadonlyMap<string, number>

  constructor(address: Address, answer: ResponseOf<typeof apiVersions>) {
    const { apiKeys, supportedFeatures, finalizedFeatures } = answer
    const level = supportedFeatures.find(feature => feature.name === 'metadata.version')?.maxVersion
    this.#address = address
    this.software = level === undefined ? 'Kafka protocol' : `Apache Kafka ${releaseOf(level)}`
    this.#apis = new Map(
      apiKeys.map(({ apiKey, minVersion: min, maxVersion: max }) => [apiKey, { min, max }]),
    )
    this.#features = new Map(finalizedFeatures.map(each => [each.name, each.maxVersionLevel]))
  }

  /** The level at which the cluster has a feature, such as 'transaction.version'; 0: it has not. */
  feature(name: string): number {
    return this.#features.get(name) ?? 0
  }

  /**
   * The highest version that both sides have, at most `most`.
   * @throws LinkError when there is none.
   */
  of(api: Versioned, most: number): number {
    const theirs = this.#apis.get(api.key)
    const version = Math.min(theirs?.max ?? -1, api.max, most)
    if (theirs !== undefined && version >= Math.max(theirs.min, api.min)) return version
    const has = theirs === undefined ? 'has no such API' : `has versions ${theirs.min} to ${theirs.max}`
    const reason = `${api.name} ${api.min} to ${Math.min(api.max, most)} is needed, the broker ${has}`
    throw new LinkError(this.#address, 'unsupported', reason)
  }
}
