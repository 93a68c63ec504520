import { defineConfig } from 'vitest/config'

const shared = {
  environment: 'node',
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks',
  expect: { poll: { timeout: 15_000 } },
} as const

export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'parts',
          include: ['{protocol,server,web,scripts,bench,proof}/**/*.test.{ts,tsx}'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Whole servers and browsers: after the parts, one file at a time, so that they do not take the time from each other.
        test: {
          ...shared,
          name: 'product',
          include: ['tests/**/*.test.{ts,tsx}'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
