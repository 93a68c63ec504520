import { describe, expect, test } from 'vitest'
import type { ModelServer, ServedModel } from '../../protocol/model-server.ts'
import { type ChoiceFacts, type ChosenModel, chooseModel } from './choose-model.ts'

const OLLAMA = 'http://127.0.0.1:11434/v1'
const LEMONADE = 'http://127.0.0.1:13305/api/v1'

function model(name: string, fields: Partial<ServedModel> = {}): ServedModel {
  return { name, size_bytes: null, loaded: false, remote: false, ...fields }
}

function server(baseUrl: string, fields: Partial<ModelServer> = {}): ModelServer {
  return {
    kind: 'ollama',
    name: 'Server',
    state: 'found',
    address: new URL(baseUrl).origin,
    base_url: baseUrl,
    models: [],
    context_size: null,
    next_step: { text: '', command: null },
    ...fields,
  }
}

function choose(facts: Partial<ChoiceFacts>): ChosenModel {
  return chooseModel({ fixed: null, wanted: null, servers: [], current: null, ...facts })
}

function at(baseUrl: string, name: string | null) {
  return { kind: 'endpoint', baseUrl, model: name } as const
}

describe('without a word from anybody', () => {
  test('nothing found: the practice model', () => {
    const silent = server(OLLAMA, { state: 'timed_out', models: [model('a')] })
    expect(choose({ servers: [silent] })).toEqual({ by: 'nobody', place: { kind: 'practice' } })
  })

  test('a server whose model is in memory comes before one that would have to load it', () => {
    const cold = server(LEMONADE, { models: [model('cold')] })
    const warm = server(OLLAMA, { models: [model('warm', { loaded: true }), model('other')] })
    expect(choose({ servers: [cold, warm] })).toEqual({ by: 'conch', place: at(OLLAMA, 'warm') })
    expect(choose({ servers: [cold] })).toEqual({ by: 'conch', place: at(LEMONADE, 'cold') })
  })

  test('a model that a server passes on to another machine is never chosen unasked', () => {
    const cloud = server(OLLAMA, { models: [model('cloud', { remote: true, loaded: true })] })
    expect(choose({ servers: [cloud] }).by).toBe('nobody')
    const both = server(OLLAMA, { models: [model('cloud', { remote: true, loaded: true }), model('own')] })
    expect(choose({ servers: [both] }).place).toEqual(at(OLLAMA, 'own'))
  })

  test('what was found first stays while it can be used, is busy or loads', () => {
    const current = { by: 'conch', place: at(OLLAMA, 'a') } as const
    const other = server(LEMONADE, { models: [model('b', { loaded: true })] })
    for (const state of ['found', 'busy', 'loading'] as const) {
      expect(choose({ servers: [other, server(OLLAMA, { state, models: [model('a')] })], current })).toEqual(current)
    }
  })

  test('it gives way to another real model once it is gone, and never to the practice model', () => {
    const current = { by: 'conch', place: at(OLLAMA, 'a') } as const
    const gone = server(OLLAMA, { state: 'refused', base_url: null })
    const other = server(LEMONADE, { models: [model('b')] })
    expect(choose({ servers: [gone], current })).toEqual(current)
    expect(choose({ servers: [gone, other], current })).toEqual({ by: 'conch', place: at(LEMONADE, 'b') })
  })
})

describe('what a person wants', () => {
  const found = server(LEMONADE, { models: [model('b', { loaded: true })] })

  test('counts more than what was found, also where it does not answer', () => {
    const wanted = { kind: 'endpoint', baseUrl: OLLAMA, model: 'a' } as const
    expect(choose({ wanted, servers: [found] })).toEqual({ by: 'person', place: wanted })
    expect(choose({ wanted: { kind: 'practice' }, servers: [found] }).place).toEqual({ kind: 'practice' })
  })

  test('a server without a name for the model gives its first, and keeps to it', () => {
    const wanted = { kind: 'endpoint', baseUrl: LEMONADE, model: null } as const
    expect(choose({ wanted }).place).toEqual(at(LEMONADE, null))
    const first = choose({ wanted, servers: [found] })
    expect(first.place).toEqual(at(LEMONADE, 'b'))
    const changed = server(LEMONADE, { models: [model('c', { loaded: true }), model('b')] })
    expect(choose({ wanted, servers: [changed], current: first }).place).toEqual(at(LEMONADE, 'b'))
    const without = server(LEMONADE, { models: [model('c')] })
    expect(choose({ wanted, servers: [without], current: first }).place).toEqual(at(LEMONADE, 'c'))
  })

  test('a name alone is looked for wherever it is', () => {
    const wanted = { kind: 'model', model: 'a' } as const
    const having = server(OLLAMA, { models: [model('a')] })
    expect(choose({ wanted, servers: [found, having] }).place).toEqual(at(OLLAMA, 'a'))
    expect(choose({ wanted, servers: [found] }).place).toEqual(at(LEMONADE, 'a'))
    expect(choose({ wanted })).toEqual({ by: 'nobody', place: { kind: 'practice' } })
  })
})

test('the command line counts more than everything else', () => {
  const wanted = { kind: 'endpoint', baseUrl: OLLAMA, model: 'a' } as const
  const fixed = at('http://user:pw@127.0.0.1:1/v1', null)
  const row = server('http://127.0.0.1:1/v1', { models: [model('x')] })
  expect(choose({ fixed, wanted })).toEqual({ by: 'command_line', place: fixed })
  expect(choose({ fixed, wanted, servers: [row] }).place).toEqual({ ...fixed, model: 'x' })
})
