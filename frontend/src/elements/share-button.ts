/** Hands the address on: by the device's own sheet where there is one, else by copying it. */
import { toast } from './toast-area'

class ShareButton extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener('click', () => void this.#share())
  }

  async #share(): Promise<void> {
    const url = new URL(this.dataset.url ?? '', location.href).href
    if (typeof navigator.share === 'function') {
      await navigator.share({ url, title: this.dataset.title ?? '' }).catch(() => undefined)
      return
    }
    const copied = document.querySelector<HTMLElement>('toast-area')?.dataset.copied
    await navigator.clipboard.writeText(url).then(
      () => toast(copied),
      () => toast(url),
    )
  }
}

customElements.define('share-button', ShareButton)
