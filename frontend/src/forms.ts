/** What scripts add to forms: counters, filters that apply at once, preferences without a reload, focus on what is wrong. */
import { toast } from './elements/toast-area'

export function initForms(): void {
  document.addEventListener('input', (event) => count(event.target as Element))
  for (const output of document.querySelectorAll<HTMLOutputElement>('output.counter')) recount(output)
  document.addEventListener('change', (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>('form[data-autosubmit]')
    if (form?.checkValidity()) form.requestSubmit()
  })
  document.addEventListener('submit', prefer)
  document.addEventListener('click', copy)
  document.addEventListener('click', closeMenus)
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') closeMenus(event)
  })
  document.querySelector<HTMLElement>('[data-focus]')?.focus()
}

function count(field: Element): void {
  if (!field.id) return
  const output = document.querySelector<HTMLOutputElement>(`output.counter[for="${CSS.escape(field.id)}"]`)
  if (output) recount(output)
}

/** The server counts code points, so an emoji is one. */
function recount(output: HTMLOutputElement): void {
  const field = document.getElementById(output.htmlFor.value) as HTMLInputElement | null
  if (!field) return
  const used = [...field.value].length
  output.textContent = `${used} / ${output.dataset.most}`
  output.classList.toggle('over', used > Number(output.dataset.most))
}

/** The theme changes at once; a language needs the page anew. */
function prefer(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement
  const chosen = event.submitter as HTMLButtonElement | null
  if (form.dataset.preference !== 'theme' || !chosen) return
  event.preventDefault()
  const { value } = chosen
  if (value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = value
  for (const button of document.querySelectorAll('[data-preference="theme"] button[name="theme"]')) {
    button.setAttribute('aria-pressed', String(button === chosen))
  }
  document.dispatchEvent(new Event('theme'))
  const body = new FormData(form, chosen)
  void fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => toast())
}

function copy(event: Event): void {
  const button = (event.target as Element).closest<HTMLElement>('[data-copy]')
  if (!button) return
  const area = document.querySelector<HTMLElement>('toast-area')
  navigator.clipboard.writeText(button.dataset.copy ?? '').then(
    () => toast(area?.dataset.copied),
    () => toast(),
  )
}

function closeMenus(event: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.menu[open]')) {
    if (event.type !== 'click') menu.querySelector('summary')?.focus()
    else if (menu.contains(event.target as Node)) continue
    menu.open = false
  }
}
