/**
 * Likes, collections, follows: forms that any browser can send. Here they are sent to the API instead, shown at once, and taken
 * back when the server refuses.
 */
import { send } from './request'
import { toast } from './elements/toast-area'

export function initToggles(): void {
  document.addEventListener('submit', (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>('form[data-toggle]')
    if (!form) return
    event.preventDefault()
    void flip(form)
  })
}

async function flip(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector('button')
  const url = form.dataset.toggle
  if (!button || !url || button.disabled) return
  const on = button.getAttribute('aria-pressed') !== 'true'
  button.disabled = true
  paint(form, button, on)
  try {
    const answer = await send(on ? 'PUT' : 'DELETE', url)
    if (answer.status === 401) askToSignIn(form, button, !on)
    else if (!answer.ok) throw new Error(await why(answer))
  } catch (fault) {
    paint(form, button, !on)
    toast(fault instanceof TypeError ? '' : (fault as Error).message)
  } finally {
    button.disabled = false
  }
}

/** Sent as without scripts: the server says why one must sign in, and leads back. */
function askToSignIn(form: HTMLFormElement, button: HTMLButtonElement, was: boolean): void {
  paint(form, button, was)
  form.submit()
}

function paint(form: HTMLFormElement, button: HTMLButtonElement, on: boolean): void {
  button.setAttribute('aria-pressed', String(on))
  const wanted = form.querySelector<HTMLInputElement>('input[name="on"]')
  if (wanted) wanted.value = String(!on)
  const word = on ? button.dataset.on : button.dataset.off
  if (word && button.firstElementChild) {
    button.firstElementChild.textContent = word
    button.classList.toggle('primary', !on)
  }
  const number = button.querySelector<HTMLElement>('[data-number]')
  if (!number) return
  const count = Number(number.dataset.number) + (on ? 1 : -1)
  number.dataset.number = String(count)
  // Long numbers are shown short by the server (1.2万); one more does not change them.
  if (count < 1000) number.textContent = String(count)
}

async function why(answer: Response): Promise<string> {
  try {
    const problem: { title?: string; hint?: string } = await answer.json()
    return [problem.title, problem.hint].filter(Boolean).join(' · ')
  } catch {
    return ''
  }
}
