import { expect, it } from 'vitest'
import { partitions } from '../../../plugins/index.ts'
import { draws, faultsOf } from '../draws.ts'

it.each([
  [{ partition: 2 }, [2, 2, 2, 2, 2]],
  [{ partitions: [0, 3, 3] }, [0, 3, 3, 0, 3]],
])('%j', async (options, expected) => {
  const drawn = await draws([partitions.explicit(options)])
  expect(expected.map((_, i) => drawn.partition(i, 4))).toEqual(expected)
})

const PARTITION = 'a whole number from 0 to 99999'
it.each([
  [{}, '', 'either partition or partitions'],
  [{ partition: 1, partitions: [1] }, '', 'either partition or partitions'],
  [{ partition: -1 }, '.partition', PARTITION],
  [{ partitions: [] }, '.partitions', 'a list of 1 to 100,000 partitions, such as [0, 2, 5]'],
  [{ partitions: [0, 1.5] }, '.partitions.1', PARTITION],
  [{ partition: 4 }, '.partition', 'partitions from 0 to 3, since the topic has 4'],
  [{ partitions: [3, 7] }, '.partitions', 'partitions from 0 to 3, since the topic has 4'],
])('refuses %j', async (options, path, expected) => {
  expect(await faultsOf([partitions.explicit(options)])).toEqual([
    `partitions.explicit${path}: expected ${expected}`,
  ])
})
