import { SqliteScenario } from '../store-scenario.ts'
import { testTurnEnding } from '../turn-ending.contract.ts'
import { testTurnRecovery } from '../turn-recovery.contract.ts'
import { testTurnStore } from '../turn-store.contract.ts'

testTurnStore(() => SqliteScenario.open())
testTurnEnding(() => SqliteScenario.open())
testTurnRecovery(() => SqliteScenario.open())
