/** What keeps the command from starting at all. */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadtest, scratch } from './cli.ts'

describe.concurrent('the command', () => {
  it.for(['20.20.2', '22.21.0', '23.11.0', '24.5.0'])(
    'says under Node %s which one it needs',
    async (version, context) => {
      const cwd = scratch(context)
      const old = join(cwd, 'old.mjs')
      const versions = `{ ...process.versions, node: '${version}' }`
      writeFileSync(
        old,
        `Object.defineProperty(process, 'versions', { value: ${versions} })
Object.defineProperty(process, 'version', { value: 'v${version}' })\n`,
      )
      const { exitCode, stdout, stderr } = await loadtest(['run'], { cwd, node: ['--import', old] })
      expect(stderr).toBe(
        `loadtest needs Node 22.22, or 24.6 and newer; this is v${version}. In a checkout, npm ci brings a Node 24 that npx and npm run find.\n`,
      )
      expect(stdout).toBe('')
      expect(exitCode).toBe(3)
    },
  )

  it('broker names the port that is in use', async context => {
    const taken = createServer().listen(0, '127.0.0.1')
    context.onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { exitCode, stderr } = await loadtest(['broker', '--port', String(port)], { cwd: scratch(context) })
    expect(stderr).toContain(`127.0.0.1:${port}`)
    expect(stderr).toContain('the port is in use')
    expect(exitCode).toBe(3)
  })

  it('broker runs until it is told to end', async context => {
    const { exitCode, stdout, stderr } = await loadtest(['broker', '--port', '0'], {
      cwd: scratch(context),
      onOutput: (child, said) => {
        if (said.includes('Ctrl-C ends it')) child.kill('SIGINT')
      },
    })
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^embedded broker on 127\.0\.0\.1:\d+ \(a test double/)
  })

  it.for(['--help', 'help', '--version', 'run --help'])('%s is no fault', async (args, context) => {
    const { exitCode, stdout, stderr } = await loadtest(args.split(' '), { cwd: scratch(context) })
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^(Usage: loadtest|\d+\.\d+\.\d+)/)
  })
})
