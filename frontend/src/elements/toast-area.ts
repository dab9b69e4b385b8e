/** Short messages at the foot of the page; those of the server are in it when it loads. */
const SHOWN_MS = 6000

class ToastArea extends HTMLElement {
  connectedCallback(): void {
    for (const message of this.querySelectorAll('p')) this.#expire(message)
  }

  say(text: string): void {
    const message = document.createElement('p')
    message.textContent = text
    this.append(message)
    this.#expire(message)
  }

  #expire(message: HTMLElement): void {
    if (message.querySelector('button')) return
    const button = document.createElement('button')
    button.type = 'button'
    button.ariaLabel = this.dataset.closeLabel ?? ''
    button.textContent = '✕'
    button.addEventListener('click', () => message.remove())
    message.append(button)
    const timer = window.setTimeout(() => message.remove(), SHOWN_MS)
    message.addEventListener('pointerenter', () => clearTimeout(timer))
  }
}

customElements.define('toast-area', ToastArea)

/** Shows `text`, or that something failed. A toast is in the open dialog, or it would lie below it. */
export function toast(text?: string): void {
  const area = document.querySelector<ToastArea>('toast-area')
  const above = document.querySelector('dialog[open]')
  if (area && above && !above.contains(area)) {
    above.append(area)
    above.addEventListener('close', () => document.body.append(area), { once: true })
  }
  area?.say(text || (area.dataset.failed ?? ''))
}
