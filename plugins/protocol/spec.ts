import type { Scalar } from './schema.ts'

export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** A field's specification, taken apart. */
export interface Spec {
  readonly type: Scalar
  readonly list: boolean
  readonly versions: VersionRange
  readonly nullable: VersionRange | undefined
  readonly tag: number | undefined
  readonly fallback: string | undefined
}

function parseVersions(text: string): VersionRange {
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text)
  if (!match) throw new SyntaxError(`versions are "3", "3+" or "3-5", not "${text}"`)
  const min = Number(match[1])
  return { min, max: match[2] ? Number.POSITIVE_INFINITY : match[3] ? Number(match[3]) : min }
}

/** @throws SyntaxError on a table with a typing mistake, when it is first used. */
export function parseSpec(text: string): Spec {
  const [type = '', versions = '', ...options] = text.split(' ')
  const list = type.startsWith('[]')
  let nullable: VersionRange | undefined
  let tag: number | undefined
  let fallback: string | undefined
  for (const option of options) {
    if (option.startsWith('null:')) nullable = parseVersions(option.slice(5))
    else if (option.startsWith('tag:')) tag = Number(option.slice(4))
    else if (option.startsWith('=')) fallback = option.slice(1)
    else throw new SyntaxError(`unknown option "${option}" in "${text}"`)
  }
  const name = (list ? type.slice(2) : type) as Scalar
  return { type: name, list, versions: parseVersions(versions), nullable, tag, fallback }
}

export function within(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max
}
