import { errorCodes } from '../../protocol/errors.ts'
import { describeConfigs } from '../../protocol/messages/topics.ts'
import { type Context, handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'
import { configTypes, topicConfigKeys } from '../topic-config.ts'
import { checkTopicName, type Topic } from '../topics.ts'

/** Where a configuration comes from, as DescribeConfigs numbers it. */
export const configSources = { topic: 1, allBrokers: 3, staticBroker: 4, fallback: 5 } as const

export const resourceTypes = { topic: 2, broker: 4 } as const

interface ConfigEntry {
  readonly name: string
  readonly value: string
  readonly configSource: number
  readonly configType: number
  readonly readOnly?: boolean
}

/** A new cluster sets min.insync.replicas for all its brokers, as eligible leader replicas need it. */
function defaultSource(name: string): number {
  return name === 'min.insync.replicas' ? configSources.allBrokers : configSources.fallback
}

/** All configurations of a topic: those given and the defaults of the rest. */
export function topicConfigs(topic: Topic): ConfigEntry[] {
  return Object.entries(topicConfigKeys).map(([name, key]) => ({
    name,
    value: topic.config(name),
    configSource: topic.configs.has(name) ? configSources.topic : defaultSource(name),
    configType: configTypes[key.type],
  }))
}

function brokerConfigs({ cluster, node }: Context): ConfigEntry[] {
  const entry = (name: string, value: unknown, type: keyof typeof configTypes): ConfigEntry => ({
    name,
    value: String(value),
    configSource: configSources.staticBroker,
    configType: configTypes[type],
    readOnly: true,
  })
  return [
    entry('node.id', node.id, 'int'),
    entry('broker.id', node.id, 'int'),
    entry('num.partitions', cluster.defaultPartitions, 'int'),
    entry('default.replication.factor', 1, 'int'),
    entry('offsets.topic.replication.factor', 1, 'int'),
    entry('min.insync.replicas', 1, 'int'),
    entry('auto.create.topics.enable', true, 'boolean'),
    entry('message.max.bytes', 1048588, 'int'),
    entry('socket.request.max.bytes', 104857600, 'int'),
    entry('group.initial.rebalance.delay.ms', 0, 'int'),
    entry('group.min.session.timeout.ms', 1, 'int'),
    entry('group.max.session.timeout.ms', 1800000, 'int'),
  ]
}

function describe(
  type: number,
  name: string,
  context: Context,
): ConfigEntry[] | { errorCode: number; errorMessage: string | null } {
  if (type === resourceTypes.topic) {
    const topic = context.cluster.topics.get(name)
    if (topic) return topicConfigs(topic)
    try {
      checkTopicName(name)
    } catch (error) {
      if (error instanceof RefusedError) return { errorCode: error.code, errorMessage: error.message }
      throw error
    }
    return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: null }
  }
  const invalid = (errorMessage: string) => ({ errorCode: errorCodes.INVALID_REQUEST, errorMessage })
  if (type !== resourceTypes.broker) return invalid(`Unsupported resource type: ${type}`)
  const { id } = context.node
  // Without a name: what was set for all brokers while they run, which is nothing here.
  if (name === '') return []
  if (name === String(id)) return brokerConfigs(context)
  const shown = name.slice(0, 300)
  if (!/^-?\d{1,10}$/.test(name)) return invalid(`Node id must be an integer, but it is: ${shown}`)
  return invalid(`Unexpected broker id, expected ${id} or empty string, but received ${shown}`)
}

export const describeConfigsHandler = handler(describeConfigs, (request, context) => ({
  results: request.resources.map(({ resourceType, resourceName, configurationKeys }) => {
    const found = describe(resourceType, resourceName, context)
    if (!Array.isArray(found)) return { resourceType, resourceName, ...found }
    const configs = found
      .filter(({ name }) => !configurationKeys?.length || configurationKeys.includes(name))
      .map(config => {
        const { name, value, configSource: source } = config
        return {
          ...config,
          synonyms:
            request.includeSynonyms && source !== configSources.fallback ? [{ name, value, source }] : [],
        }
      })
    return { resourceType, resourceName, configs }
  }),
}))
