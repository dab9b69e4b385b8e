/** The pictures in their order: dragged, or moved by buttons and arrow keys. */
import Sortable from 'sortablejs'
import { filled, make, type Picture, type State, type Words } from './state'
import type { Uploads } from './uploads'

export class Sorter {
  readonly #list = make('ul', { className: 'thumbs' })
  readonly #faults = make('ul', { className: 'faults' })
  readonly #bars = new Map<Picture, HTMLProgressElement>()

  constructor(
    root: HTMLElement,
    private readonly state: State,
    private readonly words: Words,
    private readonly uploads: Uploads,
    private readonly say: (text: string) => void,
  ) {
    this.#faults.role = 'status'
    root.append(this.#list, this.#faults)
    state.addEventListener('change', () => this.#draw())
    state.addEventListener('progress', () => this.#bars.forEach((bar, picture) => (bar.value = picture.progress)))
    Sortable.create(this.#list, {
      animation: 160,
      handle: '.pick',
      delay: 120,
      delayOnTouchOnly: true,
      onEnd: ({ oldIndex, newIndex }) => {
        const picture = state.pictures[oldIndex ?? -1]
        if (picture && newIndex !== undefined) state.move(picture, newIndex)
      },
    })
  }

  #draw(): void {
    const focused = this.#focused()
    this.#bars.clear()
    this.#list.replaceChildren(...this.state.pictures.map((picture, place) => this.#item(picture, place)))
    this.#tell()
    if (!focused) return
    const item = this.#list.children[this.state.pictures.indexOf(focused.picture)]
    const buttons = item?.querySelectorAll<HTMLButtonElement>('button')
    const again = buttons?.[focused.button]
    if (again?.disabled) buttons?.[0]?.focus()
    else again?.focus()
  }

  /** What is wrong stands below the row, where there is room to read it. */
  #tell(): void {
    const failed = this.state.pictures.filter((picture) => picture.fault)
    this.#faults.replaceChildren(
      ...failed.map((picture) => {
        const which = picture.name || filled(this.words, 'picture', this.state.pictures.indexOf(picture) + 1)
        return make('li', { className: 'fault' }, make('span', {}, make('b', { textContent: which }), ` ${picture.fault}`))
      }),
    )
  }

  #focused(): { picture: Picture; button: number } | null {
    const item = document.activeElement?.closest('.thumbs > li')
    if (!item || item.parentElement !== this.#list) return null
    const picture = this.state.pictures[Number((item as HTMLElement).dataset.place)]
    const found = this.state.pictures.find((one) => one === drawn.get(item)) ?? picture
    const button = [...item.querySelectorAll('button')].indexOf(document.activeElement as HTMLButtonElement)
    return found ? { picture: found, button } : null
  }

  #item(picture: Picture, place: number): HTMLLIElement {
    const pick = this.#pick(picture, place)
    const tools = make('div', { className: 'tools' })
    if (picture.helps) tools.append(this.#tool('↻', 'retry', place, () => this.uploads.again(picture)))
    if (!picture.fault) {
      tools.append(this.#tool('◀', 'earlier', place, () => this.#move(picture, place - 1), place === 0))
      const last = this.state.pictures.length - 1
      tools.append(this.#tool('▶', 'later', place, () => this.#move(picture, place + 1), place === last))
    }
    tools.append(this.#tool('✕', 'remove', place, () => this.state.remove(picture)))
    const item = make('li', { className: picture.fault ? 'failed' : picture.progress < 1 ? 'waiting' : '' }, pick, tools)
    item.dataset.place = String(place)
    drawn.set(item, picture)
    return item
  }

  #pick(picture: Picture, place: number): HTMLButtonElement {
    const pick = make('button', { className: 'pick', type: 'button' }, picture.fault ? broken() : preview(picture.url))
    pick.style.setProperty('--c', picture.color)
    pick.ariaLabel = filled(this.words, 'show', place + 1)
    pick.ariaPressed = String(picture === this.state.shown)
    pick.dataset.cover = this.words.cover ?? ''
    if (picture.progress < 1 && !picture.fault) {
      const bar = make('progress', { max: 1, value: picture.progress })
      bar.ariaLabel = filled(this.words, 'picture', place + 1)
      this.#bars.set(picture, bar)
      pick.append(bar)
    }
    pick.addEventListener('click', () => {
      this.state.shown = picture
      this.state.changed()
    })
    pick.addEventListener('keydown', (event) => {
      const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 }
      const step = steps[event.key]
      if (step === undefined) return
      event.preventDefault()
      this.#move(picture, place + step)
    })
    return pick
  }

  #tool(sign: string, word: string, place: number, act: () => void, off = false): HTMLButtonElement {
    const button = make('button', { type: 'button', textContent: sign, disabled: off })
    button.ariaLabel = `${this.words[word]}: ${filled(this.words, 'picture', place + 1)}`
    button.addEventListener('click', act)
    return button
  }

  #move(picture: Picture, place: number): void {
    if (place < 0 || place >= this.state.pictures.length) return
    this.state.move(picture, place)
    this.say(filled(this.words, 'moved', place + 1))
  }
}

/** Not every browser can show every kind of picture that is taken; then its tile stays plain until it has arrived. */
function preview(url: string): HTMLImageElement {
  const image = make('img', { src: url, alt: '' })
  image.addEventListener('error', () => image.remove())
  return image
}

function broken(): HTMLElement {
  const sign = make('span', { className: 'broken', textContent: '!' })
  sign.ariaHidden = 'true'
  return sign
}

const drawn = new WeakMap<Element, Picture>()
