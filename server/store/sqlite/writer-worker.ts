import { parentPort, workerData } from 'node:worker_threads'
import { openForWriting } from './database.ts'
import type { WriteBatch } from './write-op.ts'
import { Writer } from './writer.ts'

/** The writer's thread (D3): a slow disk, a checkpoint or a locked file then never stalls the streams. */
if (!parentPort) throw new Error('writer-worker.ts runs as a worker thread')
const port = parentPort
const writer = new Writer(openForWriting(String(workerData)))
port.on('message', (batch: WriteBatch | 'close') => {
  if (batch !== 'close') {
    port.postMessage(writer.commit(batch))
    return
  }
  writer.close()
  port.close()
})
port.postMessage('ready')
