/**
 * The note over the feed: a native dialog with the note's own address. The feed stays as it is below, so that its place is kept;
 * Escape, ✕, the backdrop and Back all close it; a reload shows the note's page.
 */
import { show } from './touches'

const sheet = document.querySelector<HTMLDialogElement>('#sheet')
const titleBelow = document.title
const loadedAt = here()
let depth = 0

export function initSheet(): void {
  if (!sheet) return
  document.addEventListener('htmx:before:swap', refuseFaults)
  document.addEventListener('htmx:after:swap', openWhenFilled)
  sheet.addEventListener('close', emptied)
  sheet.addEventListener('click', (event) => {
    const target = event.target as Element
    if (target === sheet || target.closest('[data-close]')) sheet.close()
  })
  addEventListener('popstate', () => {
    // History has moved already.
    depth = 0
    if (sheet.open) sheet.close()
    // Forward to a note that was closed, or back to the feed from one that was reloaded: browsers take both for one document.
    if (here() !== loadedAt) location.reload()
  })
}

function here(): string {
  return location.pathname + location.search
}

/** A refusal, or a page of another kind, is shown as a page, not inside the dialog. */
function refuseFaults(event: Event): void {
  const context = (event as CustomEvent).detail?.ctx
  if (context?.target !== sheet) return
  if (context.response?.status >= 400 || !String(context.text).includes('class="note"')) {
    event.preventDefault()
    location.assign(context.request.action)
  }
}

function openWhenFilled(): void {
  const note = sheet?.querySelector<HTMLElement>('.note')
  if (!sheet || !note || note.dataset.shown !== undefined) return
  note.dataset.shown = ''
  const url = note.dataset.url ?? location.href
  if (sheet.open) {
    history.replaceState({ sheet: true }, '', url)
  } else {
    history.pushState({ sheet: true }, '', url)
    depth += 1
    sheet.showModal()
  }
  sheet.scrollTop = 0
  sheet.setAttribute('aria-label', note.dataset.title ?? '')
  document.title = note.dataset.title ?? titleBelow
  show(note)
}

function emptied(): void {
  sheet?.replaceChildren()
  document.title = titleBelow
  if (history.state?.sheet && depth > 0) history.back()
  depth = 0
}
