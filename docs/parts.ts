/** Parts of pages that come from the code, and the tables in them. */

/** The page with these parts between their markers. */
export function parted(page: string, text: string, parts: Readonly<Record<string, string>>): string {
  let all = text
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- from the code: ${name} -->`, `<!-- end: ${name} -->`]
    const [from, to] = [all.indexOf(begin), all.indexOf(end)]
    if (from < 0 || to < from)
      throw new Error(`docs/${page} has no place for ${name}: write ${begin} and ${end}`)
    all = `${all.slice(0, from + begin.length)}\n\n${part}\n\n${all.slice(to)}`
  }
  return all
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map(cells => cells.map(cell => cell.replace(/[|<]/g, '\\$&')))
  const widths = head.map((_, i) => Math.max(...all.map(cells => cells[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((c, i) => c.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [first = [], ...others] = all
  return [line(first), line(widths.map(width => '-'.repeat(width))), ...others.map(line)].join('\n')
}
