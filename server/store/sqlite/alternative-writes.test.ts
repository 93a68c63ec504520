import { testAlternatives } from '../alternatives.contract.ts'
import { SqliteScenario } from '../store-scenario.ts'

testAlternatives(() => SqliteScenario.open())
