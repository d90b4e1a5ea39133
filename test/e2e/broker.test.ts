/** The embedded broker is part of the run: figures without it are none. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadtest, resultIn, scratch } from './cli.ts'

const config = fileURLToPath(new URL('./embedded', import.meta.url))

it('a run whose embedded broker is killed ends as invalid', async context => {
  const cwd = scratch(context, config)
  let killed = false
  const { exitCode, stdout, stderr } = await loadtest(['run'], {
    cwd,
    onOutput({ pid }, said) {
      if (killed || !said.includes('second 2')) return
      killed = true
      const [broker] = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).split('\n')
      process.kill(Number(broker), 'SIGKILL')
    },
  })
  expect(exitCode, stdout + stderr).toBe(5)
  const { run, verdict } = resultIn(cwd) ?? {}
  expect(run?.stopped).toBe('broker: the embedded broker has ended by itself')
  expect(verdict?.state).toBe('invalid')
  expect(verdict?.reasons).toContainEqual({ code: 'broker', detail: 'the embedded broker ended by itself' })
})
