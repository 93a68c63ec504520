// What the package offers; inside this project import from the file that has it.
export { type ConchClient, createConchClient } from './conch-client.ts'
export type * from './operations.ts'
export { type PlainRequest, requestOf } from './request.ts'
export { type ConchClientOptions, type Refusal, type Result, StreamRefusedError } from './transport.ts'
