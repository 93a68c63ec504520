import { deflateSync } from 'node:zlib'
import { pngOf } from '../small-images.ts'

type Colour = readonly [red: number, green: number, blue: number]

const WIDTH = 320
const HEIGHT = 320
const HORIZON = 200
const MOON = { x: 210, y: 84, radius: 34 }
const LIGHT: Colour = [247, 236, 205]

/** A full moon over the sea, as a PNG. */
export function moonOverTheSea(): Buffer {
  const rows = Array.from({ length: HEIGHT }, (_, y) => [
    0,
    ...Array.from({ length: WIDTH }, (_, x) => colourAt(x, y)).flat(),
  ])
  return pngOf({ width: WIDTH, height: HEIGHT, pixels: deflateSync(Buffer.from(rows.flat())) })
}

function colourAt(x: number, y: number): Colour {
  if (Math.hypot(x - MOON.x, y - MOON.y) < MOON.radius) return LIGHT
  if (y < HORIZON) return mixed([27, 36, 66], [124, 112, 140], y / HORIZON)
  const sea = mixed([58, 74, 104], [16, 26, 48], (y - HORIZON) / (HEIGHT - HORIZON))
  const isGlint = Math.abs(x - MOON.x) < 14 + (y - HORIZON) / 4 && (y + Math.round(Math.sin(x / 9) * 3)) % 9 < 3
  return isGlint ? mixed(sea, LIGHT, 0.7) : sea
}

function mixed(from: Colour, to: Colour, part: number): Colour {
  const [red, green, blue] = from.map((channel, at) => Math.round(channel + ((to[at] ?? 0) - channel) * part))
  return [red ?? 0, green ?? 0, blue ?? 0]
}
