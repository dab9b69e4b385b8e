/**
 * Tells the server what a reader touched, by the signed tokens that it put into `data-touch`. Kind `open` counts when its
 * element is shown, every other kind when it is clicked. Links that lead through `/t/` are counted by the server itself.
 */
import { csrfToken } from './request'

interface Touch {
  token: string
  kind: string
}

const WAIT_MS = 1200
const BATCH_MAX = 50
const told = new Set<string>()
const waiting: Touch[] = []
let timer = 0

export function initTouches(): void {
  document.addEventListener('click', (event) => {
    const element = (event.target as Element).closest<HTMLElement>('[data-touch]')
    if (!element || element.dataset.touchKind === 'open') return
    if (element instanceof HTMLAnchorElement && element.pathname.startsWith('/t/')) return
    add(element)
  })
  addEventListener('pagehide', flush)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && flush())
  show(document)
}

/** Counts what has just come into sight within `root`. */
export function show(root: ParentNode): void {
  const selector = '[data-touch][data-touch-kind="open"]'
  if (root instanceof HTMLElement && root.matches(selector)) add(root)
  for (const element of root.querySelectorAll<HTMLElement>(selector)) add(element)
}

function add(element: HTMLElement): void {
  const { touch: token, touchKind: kind } = element.dataset
  if (!token || !kind || told.has(`${kind} ${token}`)) return
  told.add(`${kind} ${token}`)
  waiting.push({ token, kind })
  clearTimeout(timer)
  if (waiting.length >= BATCH_MAX) flush()
  else timer = window.setTimeout(flush, WAIT_MS)
}

function flush(): void {
  const touches = waiting.splice(0, BATCH_MAX)
  if (touches.length === 0) return
  void fetch('/api/v1/touches', {
    method: 'POST',
    keepalive: true,
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() },
    body: JSON.stringify({ touches }),
  }).catch(() => undefined)
}
