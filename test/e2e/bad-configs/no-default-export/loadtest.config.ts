export const config = { rate: '5k/s' }
