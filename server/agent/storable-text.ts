import { isStorableText } from '../../protocol/requests.ts'

/** Text of a model or a tool as every store keeps it unchanged: lone surrogates and NUL become U+FFFD (R18). */
export function toStorableText(text: string): string {
  return isStorableText(text) ? text : text.toWellFormed().replaceAll('\0', '\uFFFD')
}
