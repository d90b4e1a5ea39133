/** A document of a JSON Schema, by chance. What the keywords leave out here, such as `not`, the check finds. */
import { Expected } from '../expected.ts'
import { DEEP, type Draws, TOO_DEEP } from '../registry/draws.ts'
import { merged, type Node, refine } from './merge.ts'
import { matching } from './pattern.ts'
import { createResolver } from './resolve.ts'
import { numberOf, textOf } from './scalars.ts'

type Schema = Node | boolean

export function createMaker(
  root: object | boolean,
  references: readonly { readonly name: string; readonly schema: object | boolean }[],
) {
  const resolve = createResolver(root as Schema, references as readonly { name: string; schema: Schema }[])
  return { make: (draws: Draws) => make(root as Schema, { draws, resolve }, 0) }
}

interface Making {
  readonly draws: Draws
  readonly resolve: (reference: string, from: Node) => Schema
}

function make(schema: Schema, making: Making, depth: number): unknown {
  if (depth > TOO_DEEP) throw new Expected('documents that end: these contain themselves without an end')
  if (typeof schema === 'boolean') return making.draws.phrase()
  const { draws } = making
  const node = flat(schema, making, depth)
  if ('const' in node) return node.const
  if (Array.isArray(node.enum) && node.enum.length > 0) return draws.pick(node.enum)
  switch (typeOf(node, draws, depth)) {
    case 'null':
      return null
    case 'boolean':
      return draws.chance(0.5)
    case 'integer':
      return numberOf(node, draws, true)
    case 'number':
      return numberOf(node, draws, false)
    case 'array':
      return arrayOf(node, making, depth)
    case 'object':
      return objectOf(node, making, depth)
    default:
      return node.pattern === undefined ? textOf(node, draws) : matching(node.pattern, node, draws)
  }
}

/** References followed, one branch of each choice taken, all laid together. */
function flat(schema: Node, making: Making, depth: number, steps = 0): Node {
  if (steps > TOO_DEEP) throw new Expected('references that end: these go round in a circle')
  const { $ref, $dynamicRef, allOf, anyOf, oneOf, ...own } = schema
  const open = (other: Schema): Node =>
    typeof other === 'boolean' ? {} : flat(other, making, depth, steps + 1)
  let node: Node = own
  const reference = $ref ?? $dynamicRef
  if (reference !== undefined) node = merged(open(making.resolve(reference, schema)), node)
  for (const part of allOf ?? []) node = merged(node, open(part))
  for (const choices of [anyOf, oneOf]) {
    const possible = choices?.filter(c => c !== false && refine(node, c))
    if (possible === undefined || possible.length === 0) continue
    // far down one that does not go further down
    const near = depth > DEEP ? possible.filter(c => typeof c === 'object' && ENDS.test(String(c.type))) : []
    node = merged(node, open(making.draws.pick(near.length > 0 ? near : possible)))
  }
  return node
}
const ENDS = /^(null|boolean|integer|number|string)$/

function typeOf(node: Node, draws: Draws, depth: number): string {
  if (typeof node.type === 'string') return node.type
  if (node.type !== undefined) {
    const near = depth > DEEP ? node.type.filter(t => ENDS.test(t)) : []
    return draws.pick(near.length > 0 ? near : node.type)
  }
  if (node.properties || node.required || node.additionalProperties !== undefined) return 'object'
  if (node.items !== undefined || node.prefixItems) return 'array'
  if (node.minimum !== undefined || node.maximum !== undefined || node.multipleOf !== undefined)
    return 'number'
  return 'string'
}

function arrayOf(node: Node, making: Making, depth: number): unknown[] {
  const { draws } = making
  const tuple = node.prefixItems ?? (Array.isArray(node.items) ? node.items : [])
  const rest = Array.isArray(node.items) ? node.additionalItems : node.items
  const low = node.minItems ?? (depth > DEEP ? 0 : Math.min(1, node.maxItems ?? 1))
  const high = Math.max(low, Math.min(node.maxItems ?? low + 3, depth > DEEP ? low : low + 3))
  const length =
    rest === false
      ? Math.min(tuple.length, high)
      : Math.max(draws.between(low, high), Math.min(tuple.length, high))
  const seen = new Set<string>()
  const all: unknown[] = []
  for (let tries = 0; all.length < length && tries < length * 10; tries++) {
    const item = make(tuple[all.length] ?? rest ?? { type: 'string' }, making, depth + 1)
    const text = JSON.stringify(item)
    if (node.uniqueItems && seen.has(text)) continue
    seen.add(text)
    all.push(item)
  }
  return all
}

function objectOf(node: Node, making: Making, depth: number): Record<string, unknown> {
  const { draws } = making
  const {
    properties = {},
    required = [],
    additionalProperties,
    minProperties = 0,
    patternProperties = {},
  } = node
  const object: Record<string, unknown> = {}
  const set = (name: string, schema: Schema) => {
    object[name] = make(schema, making, depth + 1)
  }
  const further = typeof additionalProperties === 'object' ? additionalProperties : { type: 'string' }
  for (const [name, schema] of Object.entries(properties)) {
    // three of four that may be left out are there
    if (required.includes(name) || (depth <= DEEP && schema !== false && draws.chance(0.75)))
      set(name, schema)
  }
  for (const name of required) if (!Object.hasOwn(object, name)) set(name, further)
  const open =
    typeof additionalProperties === 'object' && Object.keys(properties).length === 0 && depth <= DEEP
  const wanted = Math.max(minProperties, open ? draws.between(1, 4) : 0)
  const [[pattern, schema] = []] = Object.entries(patternProperties)
  for (let tries = 0; Object.keys(object).length < wanted && tries < wanted * 10; tries++) {
    if (pattern !== undefined && schema !== undefined) set(matching(pattern, {}, draws), schema)
    else set(draws.word(), further)
  }
  return object
}
