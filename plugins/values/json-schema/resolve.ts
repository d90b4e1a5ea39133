/** What a `$ref` is: in the same schema by pointer or anchor, in another one by its name or `$id`. */
import { Expected } from '../expected.ts'
import type { Node } from './merge.ts'

type Schema = Node | boolean
interface Identified {
  readonly $id?: string
  readonly $anchor?: string
  readonly $dynamicAnchor?: string
}

export function createResolver(
  root: Schema,
  references: readonly { readonly name: string; readonly schema: Schema }[],
): (reference: string, from: Node) => Schema {
  const byName = new Map<string, Schema>()
  const anchors = new Map<Schema, Map<string, Schema>>()
  /** Which whole schema a part of one is in. */
  const whole = new WeakMap<object, Schema>()
  const visit = (part: unknown, of: Schema): void => {
    if (typeof part !== 'object' || part === null) return
    whole.set(part, of)
    const { $id, $anchor, $dynamicAnchor } = part as Identified
    if (typeof $id === 'string') byName.set($id.replace(/#$/, ''), part as Schema)
    const named = anchors.get(of) ?? new Map<string, Schema>()
    anchors.set(of, named)
    for (const name of [$anchor, $dynamicAnchor])
      if (typeof name === 'string') named.set(name, part as Schema)
    for (const inner of Object.values(part)) visit(inner, of)
  }
  for (const { name, schema } of references) {
    byName.set(name, schema)
    visit(schema, schema)
  }
  visit(root, root)
  return (reference, from) => {
    const [name = '', fragment = ''] = reference.split('#')
    const base = name === '' ? (whole.get(from) ?? root) : (byName.get(name) ?? byId(byName, name))
    if (base === undefined) throw new Expected(`$ref ${reference} among references, by that name`)
    const found = fragment === '' ? base : (anchors.get(base)?.get(fragment) ?? pointed(base, fragment))
    if (found === undefined) throw new Expected(`something at $ref ${reference}`)
    return found as Schema
  }
}

/** A relative name means the schema whose id ends with it. */
function byId(byName: ReadonlyMap<string, Schema>, name: string): Schema | undefined {
  const tail = `/${name.replace(/^\.?\//, '')}`
  return [...byName].find(([id]) => id.endsWith(tail))?.[1]
}

/** RFC 6901. */
function pointed(base: Schema, pointer: string): unknown {
  let here: unknown = base
  for (const step of decodeURIComponent(pointer).split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Record<string, unknown>)[key]
  }
  return here
}
