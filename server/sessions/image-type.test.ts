import { expect, test } from 'vitest'
import { pngOf, SMALL_GIF, SMALL_WEBP, smallPng } from '../../tests/small-images.ts'
import { readImageFacts } from './image-type.ts'

/** Start, a comment of some length, a frame of 7 x 5, end. */
function smallJpeg(): Buffer {
  const comment = Buffer.concat([Buffer.from('fffe0080', 'hex'), Buffer.alloc(126, 'c')])
  const frame = Buffer.from('ffc0000b080005000701011100', 'hex')
  return Buffer.concat([Buffer.from('ffd8', 'hex'), comment, frame, Buffer.from('ffd9', 'hex')])
}

test('S20: what an image is its bytes decide', () => {
  expect(readImageFacts(smallPng(1, 3))).toEqual({ type: 'image/png', width: 3, height: 3 })
  expect(readImageFacts(SMALL_GIF)).toEqual({ type: 'image/gif', width: 1, height: 1 })
  expect(readImageFacts(SMALL_WEBP)).toEqual({ type: 'image/webp', width: 1, height: 1 })
  expect(readImageFacts(smallJpeg())).toEqual({ type: 'image/jpeg', width: 7, height: 5 })
})

test('S20: what is none is refused, at whatever byte it ends', () => {
  for (const image of [smallPng(), SMALL_GIF, SMALL_WEBP, smallJpeg()]) {
    for (let end = 0; end < image.length; end += 1)
      expect(readImageFacts(image.subarray(0, end)), `${end}`).toBe(undefined)
  }
  for (const text of ['<svg xmlns="http://www.w3.org/2000/svg"/>', '<!doctype html><script>1</script>', '%PDF-1.7']) {
    expect(readImageFacts(Buffer.from(text))).toBe(undefined)
  }
})

test('S19: an image that says it has a thousand million pixels is refused unread', () => {
  expect(readImageFacts(pngOf({ width: 40_000, height: 40_000, pixels: Buffer.alloc(8) }))).toBe(undefined)
  expect(readImageFacts(pngOf({ width: 0, height: 7, pixels: Buffer.alloc(8) }))).toBe(undefined)
})
