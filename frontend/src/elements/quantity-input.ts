/** A number with − and +; with `data-submits` the form goes when the number has come to rest. */
const REST_MS = 500

class QuantityInput extends HTMLElement {
  #timer = 0

  connectedCallback(): void {
    const input = this.querySelector('input')
    if (!input) return
    this.addEventListener('click', (event) => {
      const step = (event.target as Element).closest<HTMLElement>('[data-step]')?.dataset.step
      if (!step) return
      if (step === '1') input.stepUp()
      else input.stepDown()
      this.#changed(input)
    })
    input.addEventListener('change', () => this.#changed(input))
    this.#bound(input)
  }

  #changed(input: HTMLInputElement): void {
    this.#bound(input)
    clearTimeout(this.#timer)
    if (this.dataset.submits === undefined) return
    this.#timer = window.setTimeout(() => input.reportValidity() && input.form?.requestSubmit(), REST_MS)
  }

  #bound(input: HTMLInputElement): void {
    for (const button of this.querySelectorAll<HTMLButtonElement>('[data-step]')) {
      const edge = button.dataset.step === '1' ? input.max : input.min
      button.disabled = edge !== '' && Number(input.value) === Number(edge)
    }
  }
}

customElements.define('quantity-input', QuantityInput)
