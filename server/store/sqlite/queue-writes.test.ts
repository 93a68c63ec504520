import { testQueue } from '../queue.contract.ts'
import { testQueueStart } from '../queue-start.contract.ts'
import { SqliteScenario } from '../store-scenario.ts'

testQueue(() => SqliteScenario.open())
testQueueStart(() => SqliteScenario.open())
