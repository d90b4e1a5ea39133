/** A tree of texts: what several begin with alike is there once. */
import type { KeyPattern } from './key-pattern.ts'

export interface Range {
  readonly from: number
  readonly to: number
  /** Place of its pattern. */
  readonly index: number
}
export interface Branch {
  /** Bytes from the branch before it up to here. */
  readonly label: Buffer
  /** In the order of their first bytes, of which no two are the same. */
  readonly children: Branch[]
  /** Places of patterns whose text ends here; -1: there is none. */
  key: number
  beginning: number
  readonly ranges: Range[]
}

/** All branches, the root first, the children of each side by side. */
export function treeOf(patterns: readonly KeyPattern[]): Branch[] {
  const texts = [...new Set(patterns.map(p => p.text))].map(text => ({ text, bytes: Buffer.from(text) }))
  const ends = new Map<string, Branch>()
  const branchOf = (label: Buffer): Branch => ({ label, children: [], key: -1, beginning: -1, ranges: [] })
  const sorted = texts.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  const root = branchOf(Buffer.alloc(0))
  /** Of texts that have the first `depth` bytes in common, in their order. */
  const grow = (branch: Branch, from: number, to: number, depth: number) => {
    let start = from
    const [first] = sorted.slice(from, to)
    if (first?.bytes.length === depth) {
      ends.set(first.text, branch)
      start++
    }
    while (start < to) {
      const { bytes } = sorted[start] as (typeof sorted)[number]
      let end = start + 1
      while (end < to && sorted[end]?.bytes[depth] === bytes[depth]) end++
      const last = (sorted[end - 1] as (typeof sorted)[number]).bytes
      let common = depth
      while (common < bytes.length && bytes[common] === last[common]) common++
      const child = branchOf(bytes.subarray(depth, common))
      branch.children.push(child)
      grow(child, start, end, common)
      start = end
    }
  }
  grow(root, 0, sorted.length, 0)
  for (const [index, { text, kind, from, to }] of patterns.entries()) {
    const branch = ends.get(text) as Branch
    if (kind === 'key') branch.key = index
    else if (kind === 'beginning') branch.beginning = index
    else branch.ranges.push({ from, to, index })
  }
  const all = [root]
  for (const branch of all) all.push(...branch.children)
  return all
}
