/** The section `consumers` of a stream's result, to which several plugins add. */
import type { Result } from '../../core/plugin.ts'

export function addToSection(result: Result, stream: string, part: string, data: unknown): void {
  const sections = result.streams[stream]?.sections
  if (sections !== undefined) sections['consumers'] = { ...(sections['consumers'] as object), [part]: data }
}
