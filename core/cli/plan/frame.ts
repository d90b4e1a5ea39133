/** How a section of a plan stands on the screen: its name in the gutter, text and pictures beside it. */
import type { createColors } from 'picocolors'
import { wrapped } from './figures.ts'

export type Colors = ReturnType<typeof createColors>

export const GUTTER = 13

export interface Page {
  /** Columns beside the gutter. */
  readonly width: number
  readonly colors: Colors
}

/** Paragraphs, each from a line of its own on. */
export function text(page: Page, label: string, ...paragraphs: readonly string[]): string[] {
  const lines = paragraphs.filter(p => p !== '').flatMap(p => wrapped(p, page.width))
  return labelled(page, label, lines)
}

export function labelled({ colors }: Page, label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => (i === 0 ? colors.bold(label.padEnd(GUTTER)) : ' '.repeat(GUTTER)) + line)
}

/** A picture with its axes. `labels`: of the upright one, by row; `foot`: of the other. */
export function framed(
  { colors }: Page,
  titles: readonly string[],
  rows: readonly string[],
  labels: Readonly<Record<number, string>>,
  [foot, footLabels]: readonly [line: string, labels: string],
): string[] {
  const left = (row: number) => {
    const [title = '', label = ''] = [titles[row], labels[row]]
    const rest = `${label.padStart(GUTTER - 2 - title.length)} ${label === '' ? '│' : '┤'}`
    return (title === '' ? '' : colors.bold(title)) + colors.dim(rest)
  }
  return [
    ...rows.map((row, i) => left(i) + colors.cyan(row.trimEnd())),
    colors.dim(`${'0'.padStart(GUTTER - 2)} └${foot}`),
    colors.dim(' '.repeat(GUTTER) + footLabels),
  ]
}

/** Columns for foreign names: those of the longest one, up to a third of the page. */
export function longest(names: readonly string[], { width }: Page): number {
  return Math.min(24, Math.floor(width / 3), Math.max(...names.map(name => name.length)))
}

/** As many columns as asked for, each value in as many as it takes. */
export function stretched<T>(values: readonly T[], width: number): T[] {
  if (values.length === 0) return []
  return Array.from({ length: width }, (_, i) => values[Math.floor((i * values.length) / width)] as T)
}

/** As few columns as asked for, each the sum of its share of the values. */
export function squeezed(values: readonly number[], width: number): number[] {
  const from = (i: number) => Math.floor((i * values.length) / width)
  return Array.from({ length: width }, (_, i) =>
    values.slice(from(i), from(i + 1)).reduce((sum, n) => sum + n, 0),
  )
}
