import type { ModelMessage, ModelRequest, ModelToolCall, ToolDefinition } from '../agent/model.ts'
import { CONTINUE_MESSAGE } from './discovery/continuation.ts'
import { parseJson } from './parse-json.ts'

/**
 * The body of `POST /chat/completions`. Tools are left out where there are none: some servers refuse an empty list. With
 * `begunText` the last message is the assistant's own, and the model is told to go on in it.
 */
export function toChatRequest(model: string, request: ModelRequest, begunText?: string) {
  const messages = request.messages.map(toChatMessage)
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    ...(begunText === undefined
      ? { messages }
      : { messages: [...messages, { role: 'assistant', content: begunText }], ...CONTINUE_MESSAGE }),
    ...(request.tools.length > 0 ? { tools: request.tools.map(toChatTool) } : {}),
    ...(request.wantsProgress ? { return_progress: true } : {}),
  }
}

function toChatMessage(message: ModelMessage) {
  switch (message.role) {
    case 'system':
      return { role: message.role, content: message.content }
    case 'user':
      return { role: message.role, content: toUserContent(message) }
    case 'tool':
      return { role: message.role, tool_call_id: message.callId, content: message.content }
    case 'assistant':
      return {
        role: message.role,
        content: message.content,
        ...(message.toolCalls.length > 0 ? { tool_calls: message.toolCalls.map(toChatToolCall) } : {}),
      }
  }
}

/** A plain text where there are no images: many servers take nothing else. Images without words have no text at all. */
function toUserContent({ content, images = [] }: Extract<ModelMessage, { role: 'user' }>) {
  if (images.length === 0) return content
  const pictures = images.map(({ mediaType, base64 }) => ({
    type: 'image_url',
    image_url: { url: `data:${mediaType};base64,${base64}` },
  }))
  return content === '' ? pictures : [{ type: 'text', text: content }, ...pictures]
}

function toChatTool({ name, description, parameters }: ToolDefinition) {
  return { type: 'function', function: { name, description, parameters } }
}

/**
 * A call as the model made it, so far as servers can stand it: their templates parse the arguments and answer 500 to what
 * is no JSON object, and some check the name. Without this one bad call would spoil all later steps (F55).
 */
function toChatToolCall({ callId, tool, arguments: argumentsJson }: ModelToolCall) {
  return {
    id: callId,
    type: 'function',
    function: {
      name: tool.replace(/[^\w-]/g, '_').slice(0, 64) || 'unnamed',
      arguments: isJsonObject(argumentsJson) ? argumentsJson : JSON.stringify({ invalid_arguments: argumentsJson }),
    },
  }
}

function isJsonObject(json: string): boolean {
  const value = parseJson(json)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
