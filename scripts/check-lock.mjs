// `npm ci` must work on a fresh machine of any system. A lock written where the registry lacked some packages breaks that
// elsewhere without a word here. The folder it runs in is the one it looks at.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const findings = []

for (const kind of ['dependencies', 'devDependencies']) {
  if (JSON.stringify(sorted(packages[''][kind])) === JSON.stringify(sorted(manifest[kind]))) continue
  findings.push(`${kind} differ from package.json: run npm install`)
}
for (const [path, { optionalDependencies, resolved }] of Object.entries(packages)) {
  if (resolved)
    findings.push(
      `${path} names the address it came from: set omit-lockfile-registry-resolved and write the lock again`,
    )
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    if (packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue
    findings.push(
      `${name}@${version}, a part of ${path} for some system, is not listed: choose a version that has all its parts`,
    )
  }
}

for (const message of findings) process.stdout.write(`package-lock.json: ${message}\n`)
process.exitCode = findings.length > 0 ? 1 : 0

function sorted(dependencies = {}) {
  return Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1))
}
