/** Two schemas that both have to hold, as one. */

/** The keywords that documents are made by. */
export interface Node {
  readonly $ref?: string
  readonly $dynamicRef?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly allOf?: readonly (Node | boolean)[]
  readonly anyOf?: readonly (Node | boolean)[]
  readonly oneOf?: readonly (Node | boolean)[]
  readonly properties?: Readonly<Record<string, Node | boolean>>
  readonly patternProperties?: Readonly<Record<string, Node | boolean>>
  readonly additionalProperties?: Node | boolean
  readonly required?: readonly string[]
  readonly minProperties?: number
  readonly items?: Node | boolean | readonly (Node | boolean)[]
  readonly prefixItems?: readonly (Node | boolean)[]
  readonly additionalItems?: Node | boolean
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
}

const larger = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const
const smaller = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'] as const

export function merged(a: Node, b: Node): Node {
  const both: Record<string, unknown> = { ...a, ...b }
  for (const key of larger)
    if (a[key] !== undefined && b[key] !== undefined) both[key] = Math.max(a[key], b[key])
  for (const key of smaller)
    if (a[key] !== undefined && b[key] !== undefined) both[key] = Math.min(a[key], b[key])
  if (a.required && b.required) both['required'] = [...new Set([...a.required, ...b.required])]
  if (a.enum && b.enum) both['enum'] = a.enum.filter(v => b.enum?.includes(v))
  if (a.type !== undefined && b.type !== undefined) both['type'] = common(a.type, b.type)
  for (const key of ['properties', 'patternProperties'] as const) {
    const [one, other] = [a[key], b[key]]
    if (one === undefined || other === undefined) continue
    const together: Record<string, Node | boolean> = { ...one, ...other }
    for (const name of Object.keys(one)) {
      const [x, y] = [one[name], other[name]]
      if (typeof x === 'object' && typeof y === 'object') together[name] = { allOf: [x, y] }
    }
    both[key] = together
  }
  return both
}

function common(a: string | readonly string[], b: string | readonly string[]): string | readonly string[] {
  const [one, other] = [[a].flat(), [b].flat()]
  const all = one.filter(t => other.includes(t) || (t === 'integer' && other.includes('number')))
  if (one.includes('number') && other.includes('integer')) all.push('integer')
  return all.length === 1 ? (all[0] as string) : all
}

/** Whether a branch can hold beside what holds already, as far as types tell. */
export function refine(node: Node, branch: Node | boolean): boolean {
  if (typeof branch === 'boolean' || branch.type === undefined || node.type === undefined) return true
  return common(node.type, branch.type).length > 0
}
