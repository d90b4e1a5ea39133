/** The broker that coordinates the group, wherever it is at present. */
import { errorCodes } from '../../../protocol/errors.ts'
import type { Api, Decoded, Encodable, Fields } from '../../../protocol/schema.ts'
import type { Cluster } from '../cluster.ts'
import { LinkError } from '../failure.ts'
import type { Links } from './links.ts'

const ELSEWHERE = new Set<number>([errorCodes.NOT_COORDINATOR, errorCodes.COORDINATOR_NOT_AVAILABLE])

export class Coordinator {
  readonly #cluster: Cluster
  readonly #links: Links
  readonly #group: string
  #node: number | undefined

  constructor(cluster: Cluster, links: Links, group: string) {
    this.#cluster = cluster
    this.#links = links
    this.#group = group
  }

  /**
   * Asks once. After a connection that ended the coordinator is looked for anew.
   * @throws LinkError; BrokerError or NoBrokerError when it cannot be found.
   */
  async call<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    request: Encodable<Q>,
    most?: number,
  ): Promise<Decoded<P>> {
    this.#node ??= await this.#cluster.coordinator('group', this.#group)
    try {
      const link = await this.#links.to(this.#node)
      return await link.call(api, request, most)
    } catch (error) {
      if (error instanceof LinkError) this.#node = undefined
      throw error
    }
  }

  /** Whether this code says that it is to be asked again: elsewhere, or a little later. */
  passes(code: number): boolean {
    if (ELSEWHERE.has(code)) this.#node = undefined
    return ELSEWHERE.has(code) || code === errorCodes.COORDINATOR_LOAD_IN_PROGRESS
  }
}
