import { errorCodes } from '../../protocol/errors.ts'
import { alterConfigs, incrementalAlterConfigs } from '../../protocol/messages/configs.ts'
import type { Cluster } from '../cluster.ts'
import { handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'
import { checkTopicConfig, topicConfigKeys } from '../topic-config.ts'
import { checkTopicName, type Topic } from '../topics.ts'
import { resourceTypes } from './configs.ts'

/** What an incremental change does to a configuration, as the protocol numbers it. */
const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const
const operationNames = ['SET', 'DELETE', 'APPEND', 'SUBTRACT']

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

interface Change {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

const invalid = (message: string) => new RefusedError(errorCodes.INVALID_REQUEST, message)

function topicOf({ resourceType, resourceName }: Resource, cluster: Cluster): Topic {
  if (resourceType === resourceTypes.broker) {
    throw invalid('The embedded broker has no configurations of brokers that can be changed.')
  }
  if (resourceType !== resourceTypes.topic) throw invalid(`Unknown resource type ${resourceType}`)
  const topic = cluster.topics.get(resourceName)
  if (topic !== undefined) return topic
  throw new RefusedError(
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    `The topic '${resourceName.slice(0, 249)}' does not exist.`,
  )
}

/** Changes each resource, or tells why not: nothing of a resource is changed when one of its changes is wrong. */
function change<R extends Resource>(
  resources: readonly R[],
  cluster: Cluster,
  validateOnly: boolean,
  changed: (topic: Topic, resource: R) => Map<string, string>,
  checkName: (topic: string) => void = () => {},
) {
  const key = ({ resourceType, resourceName }: Resource) => `${resourceType} ${resourceName}`
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const each of resources) (seen.has(key(each)) ? twice : seen).add(key(each))
  const responses = resources.map(resource => {
    const { resourceType, resourceName } = resource
    const told = { resourceType, resourceName }
    try {
      if (twice.has(key(resource))) throw invalid('Each resource must appear at most once.')
      if (resourceType === resourceTypes.topic) checkName(resourceName)
      const topic = topicOf(resource, cluster)
      const configs = changed(topic, resource)
      if (!validateOnly) topic.reconfigure(configs)
      return told
    } catch (error) {
      if (error instanceof RefusedError)
        return { ...told, errorCode: error.code, errorMessage: error.message }
      throw error
    }
  })
  return { responses }
}

function changedValue(topic: Topic, { name, configOperation, value }: Change): string | undefined {
  if (configOperation === operations.delete) return undefined
  if (value === null) throw invalid(`Null value not supported for : ${name.slice(0, 300)}`)
  if (configOperation === operations.set) return checkTopicConfig(name, value)
  const operation = operationNames[configOperation]
  if (operation === undefined) throw invalid(`Unknown operation ${configOperation}.`)
  const key = Object.hasOwn(topicConfigKeys, name) ? topicConfigKeys[name] : undefined
  if (key?.type !== 'list') {
    const message = `Can't ${operation} to key ${name.slice(0, 300)} because its type is not LIST.`
    throw new RefusedError(errorCodes.INVALID_CONFIG, message)
  }
  const now = topic.config(name).split(',')
  const given = value.split(',')
  const items =
    configOperation === operations.append
      ? new Set([...now, ...given])
      : now.filter(each => !given.includes(each))
  return checkTopicConfig(name, [...items].filter(each => each !== '').join(','))
}

export const incrementalAlterConfigsHandler = handler(incrementalAlterConfigs, (request, { cluster }) =>
  change(request.resources, cluster, request.validateOnly, (topic, { configs }) => {
    if (new Set(configs.map(({ name }) => name)).size < configs.length) {
      throw invalid('Error due to duplicate config keys')
    }
    const result = new Map(topic.configs)
    for (const each of configs) {
      const value = changedValue(topic, each)
      if (value === undefined) result.delete(each.name)
      else result.set(each.name, value)
    }
    return result
  }),
)

/** The older way: what is not given goes back to its default. */
export const alterConfigsHandler = handler(alterConfigs, ({ resources, validateOnly }, { cluster }) => {
  const changed = (_: Topic, { configs }: (typeof resources)[number]) => {
    const nulls = configs.filter(({ value }) => value === null).map(({ name }) => name.slice(0, 300))
    if (nulls.length > 0) throw invalid(`Null value not supported for : ${nulls.join(', ')}`)
    return new Map(configs.map(({ name, value }) => [name, checkTopicConfig(name, value)]))
  }
  return change(resources, cluster, validateOnly, changed, checkTopicName)
})
