/** Two recordings of one session, field by field. */
import { errorName } from '../../../plugins/protocol/errors.ts'
import { ZERO_UUID } from '../../../plugins/protocol/scalar.ts'
import { type Difference, differences } from './differences.ts'
import { Pairs, TEXT, texts } from './normalise.ts'
import type { Step } from './script.ts'

/** One field that is not the same; `undefined` stands for one that is not there. */
export interface Unequal {
  readonly session: string
  readonly step: string
  readonly api: string
  readonly version: number
  readonly path: string
  readonly kafka: unknown
  readonly embedded: unknown
}

/** Fields that name an element of a list: elements are compared with their namesakes, whatever their order. */
const names = [
  ...['name', 'topic', 'groupId', 'key', 'resourceName', 'apiKey', 'nodeId', 'brokerId', 'transactionalId'],
  ...['partitionIndex', 'partition', 'index', 'batchIndex', 'groupInstanceId', 'topicId'],
]

export function compare(session: string, kafka: readonly Step[], embedded: readonly Step[]): Unequal[] {
  const found: Unequal[] = []
  const pairs = new Pairs()
  for (let at = 0; at < Math.max(kafka.length, embedded.length); at++) {
    const [real, ours] = [kafka[at], embedded[at]]
    const { label: step, api, version } = (real ?? ours) as Step
    const push = (path: string, a: unknown, b: unknown) => {
      if (!pairs.match(a, b)) found.push({ session, step, api, version, path, kafka: a, embedded: b })
    }
    walk('', real?.answer, ours?.answer, push)
  }
  return found
}

type Push = (path: string, kafka: unknown, embedded: unknown) => void

function walk(path: string, kafka: unknown, embedded: unknown, push: Push): void {
  if (Array.isArray(kafka) && Array.isArray(embedded)) {
    const name = nameIn(kafka, embedded)
    const [a, b] = [elements(kafka, name), elements(embedded, name)]
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      walk(`${path}[${key}]`, a.get(key), b.get(key), push)
    }
    return
  }
  if (isRecord(kafka) && isRecord(embedded)) {
    for (const key of new Set([...Object.keys(kafka), ...Object.keys(embedded)])) {
      // Where Kafka explains an error there has to be an explanation; there may be more of them.
      if (texts.has(key) && !(kafka[key] === TEXT && !embedded[key] && kafka['errorCode'] !== 0)) continue
      walk(path === '' ? key : `${path}.${key}`, kafka[key], embedded[key], push)
    }
    return
  }
  if (json(kafka) !== json(embedded) || isId(kafka)) push(path, kafka, embedded)
}

const json = (value: unknown) => JSON.stringify(value)

/** Ids are judged as pairs, even two that happen to be the same. */
const isId = (value: unknown) => typeof value === 'string' && /^<[a-z-]+ /.test(value)

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isName = (value: unknown) =>
  typeof value === 'number' || (typeof value === 'string' && value !== ZERO_UUID && !isId(value))

/** The field that tells apart the elements of each of two lists. */
function nameIn(...lists: readonly (readonly unknown[])[]): string | undefined {
  return names.find(name =>
    lists.every(list => {
      const values = list.map(each => (isRecord(each) ? each[name] : undefined))
      return (
        values.every(isName) &&
        new Set(values).size === list.length &&
        (list.length === 0 || values.join('') !== '')
      )
    }),
  )
}

/** By name where there is one, else by place; members have none, and no order. */
function elements(list: readonly unknown[], name: string | undefined): Map<string, unknown> {
  const unordered = name === undefined && list.some(each => isRecord(each) && each['memberId'] !== undefined)
  const ordered = unordered ? [...list].sort((a, b) => (plain(json(a)) < plain(json(b)) ? -1 : 1)) : list
  return new Map(
    ordered.map((each, at) => [
      name === undefined ? `#${at}` : String((each as Record<string, unknown>)[name]),
      each,
    ]),
  )
}

/** The entry of the table of differences that covers it. */
export function listed(unequal: Unequal): Difference | undefined {
  return differences.find(
    each =>
      each.api === unequal.api &&
      matches(each.session ?? '*', unequal.session) &&
      matches(each.step ?? '*', unequal.step) &&
      matches(each.path, unequal.path),
  )
}

/** `*` stands for anything, `{a,b}` for one of some. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+?^$()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll(/\{([^}]*)\}/g, (_, some: string) => `(?:${some.replaceAll(',', '|')})`)
  return new RegExp(`^${source}$`).test(text)
}

const MOST_TOLD = 80

/** For people: the same difference of several versions is told once. */
export function tell(unequals: readonly Unequal[]): string {
  const groups = new Map<string, number[]>()
  for (const { step, api, version, path, kafka, embedded } of unequals) {
    const [where, ...values] = [path || 'the answer', show(path, kafka), show(path, embedded)].map(plain)
    const other = isId(kafka) && isId(embedded) ? ', another one than before' : ''
    const key = [
      `${step}: ${api} v`,
      `: ${where}\n    Kafka    ${values[0]}\n    embedded ${values[1]}${other}`,
    ].join('\0')
    groups.set(key, [...(groups.get(key) ?? []), version])
  }
  const told = [...groups].map(([key, versions]) => key.replace('\0', [...new Set(versions)].join(' ')))
  const more = told.length - MOST_TOLD
  return [...told.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}

/** Sessions have topics of their own for each version, which their names tell, and ids are many: all as one. */
function plain(text: string): string {
  return text
    .replaceAll(/(<[a-z-]+) [^>]*>/g, '$1>')
    .replaceAll(/([a-z])-\d+(?=\D)/g, '$1-<n>')
    .replaceAll(/x{50,}/g, 'xxx…')
}

function show(path: string, value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' && /errorcode$/i.test(path)) return `${value} ${errorName(value)}`
  const text = json(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
