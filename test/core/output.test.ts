import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openOutput } from '../../core/output.ts'

const folder = mkdtempSync(join(tmpdir(), 'loadtest-output-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('has its name only when it is whole', async () => {
  const out = await openOutput(folder, 'sub/result.json')
  await out.write('{')
  expect(existsSync(join(folder, 'sub/result.json'))).toBe(false)
  await out.write('}')
  await out.close()
  expect(readFileSync(join(folder, 'sub/result.json'), 'utf8')).toBe('{}')
  expect(readdirSync(join(folder, 'sub'))).toEqual(['result.json'])
})

it('of a checkpoint is there while it grows', async () => {
  const out = await openOutput(folder, 'series.ndjson', true)
  await out.write('1\n')
  expect(readFileSync(join(folder, 'series.ndjson'), 'utf8')).toBe('1\n')
  await out.close()
})

it('stays below its folder', async () => {
  for (const name of ['../x', '/tmp/x', 'a/../../x'])
    await expect(openOutput(folder, name)).rejects.toThrow(/below the run's folder/)
})

it('in a place that cannot be written says what to do', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(openOutput(join(folder, 'file', 'sub'), 'result.json')).rejects.toThrow(
    /cannot write to .*file\/sub: E[A-Z]+\. Choose another folder with --out/,
  )
})
