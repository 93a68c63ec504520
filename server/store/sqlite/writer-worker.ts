import { parentPort, workerData } from 'node:worker_threads'
import { Ballast } from '../ballast.ts'
import { openForWriting } from './database.ts'
import { type PackedBatch, packReply, unpackBatch } from './packed-batch.ts'
import { Writer } from './writer.ts'
import type { WriterPaths } from './writer-thread.ts'

/** The writer's thread (D3): a slow disk, a checkpoint or a locked file then never stalls the streams. */
if (!parentPort) throw new Error('writer-worker.ts runs as a worker thread')
const port = parentPort
const paths: WriterPaths = workerData
const ballast = paths.ballast === null ? null : new Ballast(paths.ballast)
const writer = new Writer(openForWriting(paths.database), ballast, paths.wasFull)
port.on('message', (batch: PackedBatch | 'close') => {
  if (batch !== 'close') {
    port.postMessage(packReply(writer.commit(unpackBatch(batch))))
    return
  }
  writer.close()
  port.close()
})
port.postMessage('ready')
