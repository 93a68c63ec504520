import type { ImageType } from '../../protocol/image.ts'

/*
 * What a file of bytes is, by the bytes and never by what its sender calls it (S20). More than the first ones are looked at: a
 * file that ends too early would hang a model's decoder, and one of a thousand million pixels would fill its memory (S19).
 */

export interface ImageFacts {
  readonly type: ImageType
  readonly width: number
  readonly height: number
}

const MAX_PIXELS = 50_000_000

/** Undefined where the bytes are no whole image of a kind that is taken, or one of too many pixels. */
export function readImageFacts(bytes: Buffer): ImageFacts | undefined {
  const facts = readPng(bytes) ?? readGif(bytes) ?? readJpeg(bytes) ?? readWebp(bytes)
  if (!facts || facts.width === 0 || facts.height === 0) return undefined
  return facts.width * facts.height <= MAX_PIXELS ? facts : undefined
}

const PNG_BEGIN = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const PNG_END = Buffer.from('0000000049454e44ae426082', 'hex')

function readPng(bytes: Buffer): ImageFacts | undefined {
  if (bytes.length < 45 || !bytes.subarray(0, 16).equals(PNG_BEGIN)) return undefined
  if (!bytes.subarray(-12).equals(PNG_END)) return undefined
  return { type: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function readGif(bytes: Buffer): ImageFacts | undefined {
  if (bytes.length < 26 || !/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return undefined
  if (bytes.at(-1) !== 0x3b) return undefined
  return { type: 'image/gif', width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
}

/** Markers that begin a frame, and so say how large it is: C0 to CF without DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function readJpeg(bytes: Buffer): ImageFacts | undefined {
  const isWhole =
    bytes.length > 125 && bytes.readUInt16BE(0) === 0xffd8 && bytes.readUInt16BE(bytes.length - 2) === 0xffd9
  if (!isWhole) return undefined
  for (let at = 2; at + 9 < bytes.length; ) {
    const marker = bytes.readUInt8(at + 1)
    if (bytes.readUInt8(at) !== 0xff || marker === 0xda) return undefined
    if (isFrame(marker)) {
      return { type: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

function readWebp(bytes: Buffer): ImageFacts | undefined {
  if (bytes.length < 30 || bytes.toString('latin1', 0, 4) !== 'RIFF') return undefined
  const isWhole = bytes.readUInt32LE(4) + 8 === bytes.length && bytes.toString('latin1', 8, 12) === 'WEBP'
  const size = isWhole ? webpSize(bytes) : undefined
  return size && { type: 'image/webp', ...size }
}

function webpSize(bytes: Buffer): Pick<ImageFacts, 'width' | 'height'> | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}
