/** Finds the product of a tag: a combobox over the site's own product search. */
import { make } from './state'

interface Found {
  id: string
  title: string
  price_fen: number
  brand_name: string
  merchant_name: string
  in_stock: boolean
  picture: { url_360: string } | null
}

const WAIT_MS = 200

export class Picker {
  readonly element: HTMLElement
  readonly #input: HTMLInputElement
  readonly #list: HTMLElement
  #found: Found[] = []
  #now = -1
  #timer = 0

  constructor(
    template: HTMLTemplateElement,
    private readonly url: string,
    private readonly chosen: (id: string, name: string) => void,
    private readonly givenUp: () => void,
  ) {
    this.element = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement
    this.#input = this.element.querySelector('input') as HTMLInputElement
    this.#list = this.element.querySelector('[role="listbox"]') as HTMLElement
    this.#input.addEventListener('input', () => {
      clearTimeout(this.#timer)
      this.#timer = window.setTimeout(() => void this.#ask(), WAIT_MS)
    })
    this.#input.addEventListener('keydown', (event) => this.#key(event))
    this.#list.addEventListener('click', (event) => {
      const option = (event.target as Element).closest('[role="option"]')
      if (option) this.#take([...this.#list.children].indexOf(option))
    })
    this.element.querySelector('[data-cancel]')?.addEventListener('click', () => givenUp())
    void this.#ask()
  }

  focus(): void {
    this.#input.focus()
  }

  /** All of it, results and the way out, has to be in sight. */
  show(): void {
    this.element.scrollIntoView({ block: 'nearest' })
  }

  async #ask(): Promise<void> {
    const asked = this.#input.value
    const answer = await fetch(`${this.url}${encodeURIComponent(asked.trim())}`, {
      headers: { Accept: 'application/json' },
    }).catch(() => null)
    if (!answer?.ok || asked !== this.#input.value) return
    this.#found = ((await answer.json()) as { items: Found[] }).items
    this.#now = -1
    this.#draw()
  }

  #draw(): void {
    const { none, soldOut } = this.element.dataset
    this.#list.replaceChildren(...this.#found.map((one, place) => option(one, place, soldOut ?? '')))
    if (this.#found.length === 0) {
      const empty = make('li', { className: 'hint', textContent: none ?? '' })
      empty.role = 'presentation'
      this.#list.append(empty)
    }
    this.#input.removeAttribute('aria-activedescendant')
    this.show()
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return
    const last = this.#found.length - 1
    if (event.key === 'ArrowDown') this.#select(this.#now >= last ? 0 : this.#now + 1)
    else if (event.key === 'ArrowUp') this.#select(this.#now <= 0 ? last : this.#now - 1)
    else if (event.key === 'Enter') this.#take(Math.max(0, this.#now))
    else if (event.key === 'Escape') this.givenUp()
    else return
    event.preventDefault()
  }

  #select(place: number): void {
    this.#now = place
    ;[...this.#list.children].forEach((one, index) => (one.ariaSelected = String(index === place)))
    const option = this.#list.children[place]
    if (!option) return
    this.#input.setAttribute('aria-activedescendant', option.id)
    option.scrollIntoView({ block: 'nearest' })
  }

  #take(place: number): void {
    const one = this.#found[place]
    if (one) this.chosen(one.id, one.title)
  }
}

function option(one: Found, place: number, soldOut: string): HTMLLIElement {
  const thumb = make('span', { className: 'thumb small' })
  if (one.picture) thumb.append(make('img', { src: one.picture.url_360, alt: '' }))
  const note = [one.brand_name, one.merchant_name, one.in_stock ? '' : soldOut].filter(Boolean).join(' · ')
  const item = make(
    'li',
    { id: `product-option-${place}` },
    thumb,
    make('span', {}, make('b', { textContent: one.title }), make('small', { className: 'hint', textContent: note })),
    make('span', { className: 'price', textContent: `¥${(one.price_fen / 100).toFixed(2)}` }),
  )
  item.role = 'option'
  item.ariaSelected = 'false'
  return item
}
