import { testSessionStore } from '../session-store.contract.ts'
import { SqliteScenario } from '../store-scenario.ts'

testSessionStore(() => SqliteScenario.open())
