import { describe, it } from 'vitest'
import { wireDriver } from '../../plugins/drivers/wire/index.ts'
import { conformity } from './index.ts'

describe('wire', () => {
  for (const { name, about, alone, run } of conformity(wireDriver()))
    (alone ? it : it.concurrent)(`${name}: ${about}`, run)
})
