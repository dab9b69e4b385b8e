/**
 * Suggestions while one types: an ARIA combobox over the list that the server sends as a fragment
 * (`<ul role="listbox">` of `<li role="option" data-url | data-value>`).
 */
const WAIT_MS = 150

class SearchBox extends HTMLElement {
  #input!: HTMLInputElement
  #list = document.createElement('div')
  #timer = 0
  #asked = new AbortController()

  connectedCallback(): void {
    const input = this.querySelector('input')
    if (!input) return
    this.#input = input
    this.#list.className = 'suggestions'
    this.#list.hidden = true
    this.append(this.#list)
    for (const [name, value] of [
      ['role', 'combobox'],
      ['aria-autocomplete', 'list'],
      ['aria-expanded', 'false'],
    ] as const) {
      input.setAttribute(name, value)
    }
    input.addEventListener('input', () => this.#later())
    input.addEventListener('focus', () => this.#later())
    input.addEventListener('keydown', (event) => this.#key(event))
    input.addEventListener('blur', () => window.setTimeout(() => this.#close(), 120))
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault())
    this.#list.addEventListener('click', (event) => this.#take((event.target as Element).closest('[role="option"]')))
    document.addEventListener('keydown', (event) => {
      const busy = (event.target as Element).closest?.('input, textarea, select, [contenteditable]')
      if (event.key !== '/' || busy || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      input.focus()
    })
  }

  #later(): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => void this.#ask(), WAIT_MS)
  }

  async #ask(): Promise<void> {
    this.#asked.abort()
    this.#asked = new AbortController()
    const url = `${this.dataset.url}?q=${encodeURIComponent(this.#input.value.trim())}`
    try {
      const answer = await fetch(url, { signal: this.#asked.signal, headers: { 'HX-Request': 'true' } })
      if (!answer.ok || answer.redirected) return
      this.#list.innerHTML = await answer.text()
      this.#open()
    } catch {
      this.#close()
    }
  }

  #open(): void {
    const options = this.#options()
    options.forEach((option, index) => {
      option.id ||= `suggestion-${index}`
      option.ariaSelected = 'false'
    })
    const list = this.#list.querySelector<HTMLElement>('[role="listbox"]')
    if (options.length === 0 || !list || document.activeElement !== this.#input) return this.#close()
    list.id ||= 'suggestions'
    list.ariaLabel ??= this.#input.ariaLabel
    this.#input.setAttribute('aria-controls', list.id)
    this.#input.setAttribute('aria-expanded', 'true')
    this.#list.hidden = false
  }

  #close(): void {
    this.#list.hidden = true
    this.#input.setAttribute('aria-expanded', 'false')
    this.#input.removeAttribute('aria-activedescendant')
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || this.#list.hidden) return
    const options = this.#options()
    const now = options.findIndex((option) => option.ariaSelected === 'true')
    if (event.key === 'Escape') {
      event.preventDefault()
      this.#close()
    } else if (event.key === 'Enter' && now >= 0) {
      event.preventDefault()
      this.#take(options[now] ?? null)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      this.#select(options, now < 0 && step < 0 ? options.length - 1 : (now + step + options.length) % options.length)
    }
  }

  #select(options: HTMLElement[], place: number): void {
    options.forEach((option, index) => (option.ariaSelected = String(index === place)))
    const chosen = options[place]
    if (!chosen) return
    this.#input.setAttribute('aria-activedescendant', chosen.id)
    chosen.scrollIntoView({ block: 'nearest' })
  }

  #take(option: HTMLElement | null): void {
    if (!option) return
    const link = option.dataset.url ?? option.querySelector('a')?.href
    if (link) {
      location.assign(link)
      return
    }
    this.#input.value = option.dataset.value ?? option.textContent?.trim() ?? ''
    this.#close()
    this.#input.form?.requestSubmit()
  }

  #options(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>('[role="option"]')]
  }
}

customElements.define('search-box', SearchBox)
