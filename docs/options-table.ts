/** A plugin's options as rows of a table, from its schema: path, what it takes, the default, what it is. */
import { isDeepStrictEqual } from 'node:util'

/** What zod tells of a schema; its own types know each class by itself. */
interface Node {
  readonly def: {
    readonly type: string
    readonly innerType?: Node
    readonly defaultValue?: unknown
    readonly in?: Node
    readonly element?: Node
    readonly options?: readonly Node[]
    readonly valueType?: Node
    readonly items?: readonly Node[]
    readonly values?: readonly unknown[]
  }
  readonly shape?: Readonly<Record<string, Node>>
  meta(): { readonly takes?: string; readonly description?: string } | undefined
  safeParse(value: unknown): { readonly success: boolean; readonly data?: unknown }
}
export type Shape = Readonly<Record<string, Node>>

/** @param missing hears of options that do not say what they are or take. */
export function optionRows(shape: Shape, missing: (what: string) => void): string[][] {
  return Object.entries(shape).flatMap(([key, schema]) => rowsOf(key, schema, missing))
}

function rowsOf(path: string, schema: Node, missing: (what: string) => void): string[][] {
  const { node, takes, description, preset, optional, misread } = opened(schema)
  const inner = innerRows(path, node, missing)
  const what = takes ?? takesOf(node)
  if (what === undefined) missing(`${path}: no meta({ takes })`)
  if (description === undefined) missing(`${path}: no describe(…)`)
  if (misread) missing(`${path}: its default is not read as a user's would be: prefault(…) is`)
  const shown = preset === undefined ? (optional ? '' : '_required_') : `\`${written(preset)}\``
  return [[`\`${path}\``, what ?? '', shown, description ?? ''], ...inner]
}

/** Rows of what is inside of an object, of a list's elements, of the ways to write a value. */
function innerRows(path: string, node: Node, missing: (what: string) => void): string[][] {
  const { element, options = [], valueType, items = [] } = node.def
  if (node.shape !== undefined)
    return Object.entries(node.shape).flatMap(([key, schema]) => rowsOf(`${path}.${key}`, schema, missing))
  const inside: [string, Node][] = [
    ...(element ? [[`${path}[]`, element] as [string, Node]] : []),
    ...(valueType ? [[`${path}.*`, valueType] as [string, Node]] : []),
    ...items.map((item, i): [string, Node] => [`${path}[${i}]`, item]),
    ...options.map((option): [string, Node] => [path, option]),
  ]
  // a number or a text in a list is told in the list's own row
  return inside.flatMap(([at, schema]) => innerRows(at, opened(schema).node, missing))
}

/** What is said of an option, from the outside inwards: an inner word counts where no outer one does. */
function opened(schema: Node) {
  let node = schema
  let takes: string | undefined
  let description: string | undefined
  let preset: unknown
  let optional = false
  let misread = false
  for (;;) {
    const { innerType, in: input, defaultValue, type } = node.def
    takes ??= node.meta()?.takes
    description ??= node.meta()?.description
    if (type === 'default' || type === 'prefault') {
      preset ??= defaultValue
      const read = innerType?.safeParse(defaultValue)
      misread ||= !read?.success || (type === 'default' && !isDeepStrictEqual(read.data, defaultValue))
    }
    optional ||= type === 'optional' || type === 'nullable'
    const next = innerType ?? input
    if (next === undefined) return { node, takes, description, preset, optional, misread }
    node = next
  }
}

/** For what has no words of its own. */
function takesOf(node: Node): string | undefined {
  const { type, element, options, values, valueType } = node.def
  const inner = (n: Node) => opened(n).takes ?? takesOf(opened(n).node)
  if (type === 'object') return `an object with ${Object.keys(node.shape ?? {}).join(', ')}`
  if (type === 'literal') return (values ?? []).map(written).join(' or ')
  if (element) return inner(element) && `a list of: ${inner(element)}`
  if (valueType) return inner(valueType) && `an object; of each: ${inner(valueType)}`
  if (!options) return undefined
  const all = options.map(inner)
  return all.includes(undefined) ? undefined : [...new Set(all)].join(', or ')
}

/** As a user writes it; of a long list the beginning. */
function written(value: unknown): string {
  if (Array.isArray(value) && value.length > 6) return `[${value.slice(0, 3).map(written).join(', ')}, …]`
  return typeof value === 'string' ? value : JSON.stringify(value).replace(/,/g, ', ')
}
