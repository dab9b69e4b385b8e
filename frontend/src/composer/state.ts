/** What is being written: pictures in their order, tags on them. Parts of the page draw themselves from it. */
export interface Picture {
  id: string
  url: string
  width: number
  height: number
  color: string
  alt: string
  /** What the file is called; nothing where it came with the page. */
  name: string
  /** Share of the bytes that are sent; 1 when the picture has arrived. */
  progress: number
  fault: string
  /** Whether sending it again can help. */
  helps: boolean
}

export interface Tag {
  productId: string
  name: string
  picture: Picture
  x: number
  y: number
}

export type Words = Record<string, string>

export class State extends EventTarget {
  readonly pictures: Picture[] = []
  readonly tags: Tag[] = []
  shown: Picture | null = null
  held: Tag | null = null

  /** Tells every part to draw itself anew. */
  changed(): void {
    if (this.shown && (this.shown.fault || !this.pictures.includes(this.shown))) this.shown = null
    this.shown ??= this.pictures.find((picture) => !picture.fault) ?? null
    this.dispatchEvent(new Event('change'))
  }

  remove(picture: Picture): void {
    this.pictures.splice(this.pictures.indexOf(picture), 1)
    for (const tag of this.tags.filter((one) => one.picture === picture)) this.drop(tag)
    this.changed()
  }

  drop(tag: Tag): void {
    this.tags.splice(this.tags.indexOf(tag), 1)
    if (this.held === tag) this.held = null
  }

  move(picture: Picture, place: number): void {
    this.pictures.splice(this.pictures.indexOf(picture), 1)
    this.pictures.splice(place, 0, picture)
    this.changed()
  }
}

export function within(share: number): number {
  return Math.min(1, Math.max(0, share))
}

/** Makes an element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

export function filled(words: Words, name: string, value: string | number): string {
  return (words[name] ?? '').replace('{}', String(value))
}
