import { testSettingStore } from '../setting-store.contract.ts'
import { SqliteScenario } from '../store-scenario.ts'

testSettingStore(() => SqliteScenario.open())
