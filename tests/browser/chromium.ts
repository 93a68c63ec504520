import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type SessionId, sessionIdSchema } from '../../protocol/ids.ts'
import type { ManualClock } from '../../server/lib/manual-clock.ts'
import { ConchApp } from '../conch-app.ts'

const EXECUTABLE = process.env.CONCH_CHROMIUM ?? '/usr/bin/chromium'
/** Without the last flags Chromium looks for hosts of its own at every start. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS })
}

/** A Conch that asks for its cookie, as a person meets it, and browsers that were let in. */
export class Screen implements AsyncDisposable {
  readonly conch: ConchApp
  readonly #browser: Browser
  readonly #contexts: BrowserContext[] = []
  /** What the pages complained about: errors, refused styles, requests that left the origin. A test expects none. */
  readonly complaints: string[] = []

  private constructor(conch: ConchApp, browser: Browser) {
    this.conch = conch
    this.#browser = browser
  }

  static async open(browser: Browser, clock?: ManualClock): Promise<Screen> {
    return new Screen(await ConchApp.start({ noAuth: false }, clock), browser)
  }

  /** The same over a Conch that the test has started. It is closed with the screen. */
  static over(browser: Browser, conch: ConchApp): Screen {
    return new Screen(conch, browser)
  }

  /** A page of a browser of its own, let in by a one-time code. */
  async person(options: BrowserContextOptions = {}): Promise<ChatPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    this.#contexts.push(context)
    const page = await this.#watched(context)
    await page.goto(await this.conch.link())
    return new ChatPage(page)
  }

  /** One more tab beside `other`, at the same place. */
  async tab(other: ChatPage): Promise<ChatPage> {
    const page = await this.#watched(other.page.context())
    await page.goto(other.page.url())
    return new ChatPage(page)
  }

  /** A browser that nobody has let in. */
  async stranger(): Promise<Page> {
    const context = await this.#browser.newContext()
    this.#contexts.push(context)
    const page = await context.newPage()
    await page.goto(this.conch.url)
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const context of this.#contexts) await context.close()
    await this.conch[Symbol.asyncDispose]()
  }

  async #watched(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      // Chromium writes down every refusal; a 409 is no fault here
      const isRefusal = message.text().includes('409 (Conflict)')
      if (message.type() === 'error' && !isRefusal) this.complaints.push(message.text())
    })
    page.on('request', (request) => {
      const url = request.url().replace(/^blob:/, '') // the page's own bytes
      if (!url.startsWith(this.conch.url)) this.complaints.push(`a request left the origin: ${request.url()}`)
    })
    return page
  }
}

/** The chat as a person sees it: by roles and names, never by the shape of its markup. */
export class ChatPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get composer() {
    return this.page.getByRole('textbox', { name: /^(Message|Nachricht)$/ })
  }

  get holderCard() {
    return this.page.getByTestId('holder-card')
  }

  get queued() {
    return this.page.getByTestId('queued-message')
  }

  get answers() {
    return this.page.getByTestId('message-assistant')
  }

  get questions() {
    return this.page.getByTestId('message-user')
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: false })
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** Resolves when this tab has kept what was typed for a reload. */
  async kept(text: string): Promise<void> {
    await this.page.waitForFunction((typed) => Object.values(sessionStorage).some((one) => one.includes(typed)), text)
  }

  /** The id of the session that the address names, as soon as it names one. */
  async sessionId(): Promise<SessionId> {
    await this.page.waitForURL(/\/s\//)
    return sessionIdSchema.parse(new URL(this.page.url()).pathname.split('/').at(-1))
  }

  /** All that is said in the conversation, as the page shows it. */
  async said(): Promise<string> {
    return (await this.page.getByRole('log').innerText()).trim()
  }
}
