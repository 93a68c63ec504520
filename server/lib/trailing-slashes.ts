/** The text without the slashes at its end. By hand, because `/\/+$/` takes quadratic time where many stand before something else (S23). */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}
