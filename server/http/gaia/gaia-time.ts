/** A time as GAIA writes it: ISO 8601 with microseconds and an offset. Python before 3.11 cannot read a `Z`. */
export function gaiaTime(time: number | string): string {
  return new Date(time).toISOString().replace('Z', '000+00:00')
}
