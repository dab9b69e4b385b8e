/** Pictures side by side that snap into place; without scripts they scroll. */
class SnapCarousel extends HTMLElement {
  #track: HTMLElement | null = null
  /** Where a scroll still under way is going: the next step goes on from there. */
  #goal: number | null = null

  connectedCallback(): void {
    this.#track = this.querySelector('.track')
    if (!this.#track) return
    this.addEventListener('click', (event) => {
      const button = (event.target as Element).closest<HTMLElement>('[data-go]')
      if (button) this.#go(Number(button.dataset.go))
    })
    this.#track.addEventListener('scroll', () => this.#mark(), { passive: true })
    this.#track.addEventListener('scrollend', () => {
      this.#goal = null
    })
    this.#track.addEventListener('keydown', (event) => {
      const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 }
      const step = steps[event.key]
      if (step === undefined || event.target !== this.#track) return
      event.preventDefault()
      this.#go(step)
    })
    this.#mark()
  }

  #go(step: number): void {
    if (!this.#track) return
    const goal = (this.#goal ?? this.#place()) + step
    this.#goal = Math.min(Math.max(goal, 0), this.#last())
    this.#track.scrollTo({ left: this.#goal * this.#track.clientWidth })
  }

  #place(): number {
    return this.#track ? Math.round(this.#track.scrollLeft / Math.max(1, this.#track.clientWidth)) : 0
  }

  #last(): number {
    return (this.#track?.children.length ?? 1) - 1
  }

  #mark(): void {
    const place = this.#place()
    this.querySelectorAll('.dots i').forEach((dot, index) => dot.classList.toggle('on', index === place))
    for (const button of this.querySelectorAll<HTMLButtonElement>('[data-go]')) {
      button.disabled = button.dataset.go === '-1' ? place === 0 : place >= this.#last()
    }
  }
}

customElements.define('snap-carousel', SnapCarousel)
