/**
 * The picture with its tags. A tap places one; a tag is moved by dragging, by arrow keys, or by a tap on it and a tap on its new
 * place.
 */
import { filled, make, within, type State, type Tag, type Words } from './state'

const STEP = 0.02

export class Tagger {
  readonly #stage = make('div', { className: 'stage' })
  readonly #below = make('div')
  readonly #dots = new Map<Tag, HTMLButtonElement>()
  #alt: HTMLInputElement | null = null

  constructor(
    private readonly root: HTMLElement,
    below: HTMLTemplateElement,
    private readonly state: State,
    private readonly words: Words,
    private readonly choose: (x: number, y: number) => void,
    private readonly say: (text: string) => void,
  ) {
    this.#below.append(below.content.cloneNode(true))
    this.#alt = this.#below.querySelector('input')
    this.#alt?.addEventListener('input', () => {
      if (state.shown && this.#alt) state.shown.alt = this.#alt.value
      state.dispatchEvent(new Event('fields'))
    })
    this.#below.querySelector('[data-add]')?.addEventListener('click', () => choose(0.5, 0.5))
    this.#stage.addEventListener('click', (event) => this.#tapped(event))
    state.addEventListener('change', () => this.#draw())
  }

  #draw(): void {
    const picture = this.state.shown
    if (!picture) {
      this.root.replaceChildren()
      return
    }
    const focused = [...this.#dots].find(([, dot]) => dot === document.activeElement)?.[0]
    this.#dots.clear()
    for (const tag of this.state.tags) if (tag.picture === picture) this.#dots.set(tag, this.#dot(tag))
    this.#stage.style.setProperty('--ar', String(picture.width / picture.height))
    this.#stage.style.setProperty('--c', picture.color)
    const image = make('img', { src: picture.url, alt: picture.alt, draggable: false })
    image.addEventListener('error', () => image.remove())
    this.#stage.replaceChildren(image, ...this.#dots.values())
    if (this.#alt && document.activeElement !== this.#alt) this.#alt.value = picture.alt
    if (!this.root.contains(this.#stage)) this.root.replaceChildren(this.#stage, this.#below)
    if (focused) this.focus(focused)
  }

  /** Goes with the keyboard to a tag, or where there is none (any more) to where one is added. */
  focus(tag?: Tag): void {
    const dot = tag && this.#dots.get(tag)
    if (dot) dot.focus()
    else this.#below.querySelector<HTMLElement>('[data-add]')?.focus()
  }

  #tapped(event: MouseEvent): void {
    if ((event.target as Element).closest('.hot')) return
    const { x, y } = this.#place(event)
    if (this.state.held) {
      Object.assign(this.state.held, { x, y })
      this.state.held = null
      this.state.changed()
    } else {
      this.choose(x, y)
    }
  }

  #dot(tag: Tag): HTMLButtonElement {
    const dot = make('button', { className: 'hot', type: 'button' }, make('span', {}, make('b', { textContent: tag.name })))
    dot.ariaLabel = filled(this.words, 'tag', tag.name)
    dot.ariaPressed = String(this.state.held === tag)
    this.#put(dot, tag)
    dot.addEventListener('keydown', (event) => this.#key(event, dot, tag))
    dot.addEventListener('pointerdown', (event) => this.#drag(event, dot, tag))
    return dot
  }

  #put(dot: HTMLElement, tag: Tag): void {
    dot.style.setProperty('--x', tag.x.toFixed(4))
    dot.style.setProperty('--y', tag.y.toFixed(4))
    dot.classList.toggle('flip', tag.x > 0.55)
  }

  #key(event: KeyboardEvent, dot: HTMLElement, tag: Tag): void {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    }
    const step = steps[event.key]
    if (step) {
      Object.assign(tag, { x: within(tag.x + step[0]), y: within(tag.y + step[1]) })
      this.#put(dot, tag)
      this.state.dispatchEvent(new Event('fields'))
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.state.drop(tag)
      this.state.changed()
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.hold(tag)
    } else {
      return
    }
    event.preventDefault()
  }

  /** A drag moves the tag; a press that does not move takes it up, or puts it down. */
  #drag(event: PointerEvent, dot: HTMLElement, tag: Tag): void {
    let moved = false
    const begun = { x: event.clientX, y: event.clientY }
    dot.setPointerCapture(event.pointerId)
    const follow = (now: PointerEvent) => {
      moved ||= Math.hypot(now.clientX - begun.x, now.clientY - begun.y) > 4
      if (!moved) return
      Object.assign(tag, this.#place(now))
      this.#put(dot, tag)
    }
    dot.addEventListener('pointermove', follow)
    dot.addEventListener(
      'pointerup',
      () => {
        dot.removeEventListener('pointermove', follow)
        if (moved) this.state.changed()
        else this.hold(tag)
      },
      { once: true },
    )
  }

  /** Takes a tag up, so that the next tap is its new place; or puts it down again. */
  hold(tag: Tag): void {
    this.state.held = this.state.held === tag ? null : tag
    this.state.shown = tag.picture
    this.state.changed()
    if (!this.state.held) return
    this.say(this.words.moving ?? '')
    this.focus(tag)
  }

  #place(event: MouseEvent): { x: number; y: number } {
    const box = this.#stage.getBoundingClientRect()
    return {
      x: within((event.clientX - box.x) / box.width),
      y: within((event.clientY - box.y) / box.height),
    }
  }
}
