import { z } from 'zod'
import { valueSize } from './kinds.ts'

export const schema = z.strictObject({ size: valueSize().describe('of every value') })
