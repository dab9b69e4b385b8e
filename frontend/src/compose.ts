/** Writing a note: puts the parts together, and keeps the fields of the form in step with them. */
import { Picker } from './composer/picker'
import { Sorter } from './composer/sorter'
import { filled, make, State, type Picture, type Tag, type Words } from './composer/state'
import { Tagger } from './composer/tagger'
import { Uploads } from './composer/uploads'
import { clearFault } from './faults'

interface Given {
  pictures: Pick<Picture, 'id' | 'url' | 'width' | 'height' | 'color' | 'alt'>[]
  tags: { product_id: string; name: string; picture: number; x: number; y: number }[]
  words: Words
}

class NoteComposer extends HTMLElement {
  readonly #state = new State()
  #words: Words = {}
  #fields!: HTMLElement
  #list!: HTMLElement
  #tagger!: Tagger
  #uploads!: Uploads
  #picker: Picker | null = null
  #refused = ''

  connectedCallback(): void {
    const given: Given = JSON.parse(this.querySelector('[data-state]')?.textContent ?? '{}')
    this.#words = given.words
    this.#fields = this.querySelector('[data-fields]') as HTMLElement
    this.#list = this.querySelector('tag-list') as HTMLElement
    const [, below] = this.querySelectorAll('template')
    const say = (text: string) => this.#say(text)
    const choose = (x: number, y: number) => this.#choose(x, y)
    this.#uploads = new Uploads(this.#state, this.dataset.upload ?? '', this.#words)
    const tagEditor = this.querySelector('tag-editor') as HTMLElement
    this.#tagger = new Tagger(tagEditor, below as HTMLTemplateElement, this.#state, this.#words, choose, say)
    const imageSorter = this.querySelector('image-sorter') as HTMLElement
    new Sorter(imageSorter, this.#state, this.#words, this.#uploads, say)
    this.#state.addEventListener('change', () => this.#draw())
    this.#state.addEventListener('fields', () => this.#keep())
    this.#take(given)
    this.#listen()
    this.#state.changed()
  }

  #take(given: Given): void {
    for (const picture of given.pictures) this.#state.pictures.push({ ...picture, name: '', progress: 1, fault: '', helps: false })
    this.#refused = given.pictures.map((picture) => picture.id).join()
    for (const { product_id: productId, picture: place, ...rest } of given.tags) {
      const picture = this.#state.pictures[place]
      if (picture) this.#state.tags.push({ productId, picture, ...rest })
    }
  }

  #listen(): void {
    const input = this.querySelector<HTMLInputElement>('input[type="file"]')
    const drop = this.querySelector('.drop')
    // Files go one by one as they are chosen; the form itself carries none.
    input?.removeAttribute('name')
    const take = () => {
      this.#add(input?.files ?? null)
      if (input) input.value = ''
    }
    input?.addEventListener('change', take)
    // Chosen before this script was there, or kept by the browser over a reload.
    take()
    for (const kind of ['dragover', 'dragleave', 'drop'] as const) {
      drop?.addEventListener(kind, (event) => {
        event.preventDefault()
        drop.classList.toggle('over', kind === 'dragover')
        if (kind === 'drop') this.#add((event as DragEvent).dataTransfer?.files ?? null)
      })
    }
    this.closest('form')?.addEventListener('submit', (event) => {
      if (!this.#uploads.busy) return
      event.preventDefault()
      this.#say(this.#words.wait ?? '')
    })
  }

  #add(files: FileList | null): void {
    const most = Number(this.dataset.most)
    for (const file of files ?? []) {
      if (this.#state.pictures.length >= most) {
        this.#say(this.#words.tooMany ?? '')
        return
      }
      this.#uploads.add(file)
    }
  }

  #choose(x: number, y: number): void {
    this.#picker?.element.remove()
    const picture = this.#state.shown
    if (!picture) return
    const mark = make('i', { className: 'mark' })
    mark.style.setProperty('--x', String(x))
    mark.style.setProperty('--y', String(y))
    this.querySelector('.stage .mark')?.remove()
    this.querySelector('.stage')?.append(mark)
    const done = (tag?: Tag) => {
      mark.remove()
      this.#picker?.element.remove()
      this.#picker = null
      this.#tagger.focus(tag)
    }
    const chosen = (productId: string, name: string) => {
      const tag = { productId, name, picture, x, y }
      this.#state.tags.push(tag)
      this.#state.changed()
      done(tag)
    }
    const template = this.querySelector('template') as HTMLTemplateElement
    this.#picker = new Picker(template, this.dataset.products ?? '', chosen, done)
    this.querySelector('.stage')?.after(this.#picker.element)
    this.#picker.focus()
    this.#picker.show()
  }

  #draw(): void {
    this.querySelector('.drop')?.classList.toggle('tall', this.#state.pictures.length === 0)
    this.#list.className = 'tag-rows'
    this.#list.replaceChildren(...this.#state.tags.map((tag) => this.#row(tag)))
    this.#keep()
  }

  #row(tag: Tag): HTMLElement {
    const place = this.#state.pictures.indexOf(tag.picture) + 1
    const where = make('small', { className: 'hint', textContent: ` ${filled(this.#words, 'on', place)}` })
    const move = make('button', { className: 'btn small', type: 'button', textContent: this.#words.move ?? '' })
    const remove = make('button', { className: 'btn small', type: 'button', textContent: this.#words.remove ?? '' })
    move.ariaLabel = `${this.#words.move}: ${tag.name}`
    move.ariaPressed = String(this.#state.held === tag)
    remove.ariaLabel = `${this.#words.remove}: ${tag.name}`
    move.addEventListener('click', () => this.#tagger.hold(tag))
    remove.addEventListener('click', () => {
      this.#state.drop(tag)
      this.#state.changed()
      this.#tagger.focus()
    })
    const tools = make('span', { className: 'tools' }, move, remove)
    return make('div', { className: 'tag-row' }, make('span', {}, make('b', { textContent: tag.name }), where), tools)
  }

  /** The hidden fields that the form sends: only pictures that have arrived, and the tags on them. */
  #keep(): void {
    const ready = this.#state.pictures.filter((picture) => picture.id)
    const fields: HTMLInputElement[] = []
    const put = (name: string, value: string) => fields.push(make('input', { type: 'hidden', name, value }))
    ready.forEach((picture, place) => {
      put(`pictures.${place}.picture_id`, picture.id)
      put(`pictures.${place}.alt`, picture.alt)
    })
    const tags = this.#state.tags.filter((tag) => tag.picture.id)
    tags.forEach((tag, place) => {
      put(`tags.${place}.product_id`, tag.productId)
      put(`tags.${place}.picture`, String(ready.indexOf(tag.picture)))
      put(`tags.${place}.x`, tag.x.toFixed(4))
      put(`tags.${place}.y`, tag.y.toFixed(4))
    })
    this.#fields.replaceChildren(...fields)
    const kept = ready.map((picture) => picture.id).join()
    if (kept && kept !== this.#refused) clearFault(this.querySelector('#pictures'))
  }

  #say(text: string): void {
    const live = this.querySelector('[data-live]')
    if (live) live.textContent = text
  }
}

customElements.define('note-composer', NoteComposer)
