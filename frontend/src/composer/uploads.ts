/** Sends pictures as they are chosen: three at a time, with progress, each of which can be tried again. */
import { csrfToken } from '../request'
import type { Picture, State, Words } from './state'

const AT_ONCE = 3

interface Job {
  picture: Picture
  file: File
}

export class Uploads {
  readonly #waiting: Job[] = []
  readonly #files = new Map<Picture, File>()
  #running = 0

  constructor(
    private readonly state: State,
    private readonly url: string,
    private readonly words: Words,
  ) {}

  get busy(): boolean {
    return this.#running + this.#waiting.length > 0
  }

  add(file: File): void {
    const picture: Picture = {
      id: '',
      url: URL.createObjectURL(file),
      width: 3,
      height: 4,
      color: '',
      alt: '',
      name: file.name,
      progress: 0,
      fault: '',
      helps: false,
    }
    this.state.pictures.push(picture)
    this.#files.set(picture, file)
    this.#start({ picture, file })
  }

  again(picture: Picture): void {
    const file = this.#files.get(picture)
    if (!file) return
    picture.fault = ''
    picture.helps = false
    picture.progress = 0
    this.#start({ picture, file })
  }

  #start(job: Job): void {
    this.#waiting.push(job)
    this.state.changed()
    this.#next()
  }

  #next(): void {
    while (this.#running < AT_ONCE) {
      const job = this.#waiting.shift()
      if (!job) return
      this.#running += 1
      void this.#send(job).finally(() => {
        this.#running -= 1
        this.state.changed()
        this.#next()
      })
    }
  }

  /** By XMLHttpRequest, because fetch does not tell how much has been sent. */
  #send({ picture, file }: Job): Promise<void> {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest()
      const body = new FormData()
      body.append('file', file)
      request.open('POST', this.url)
      request.responseType = 'json'
      request.setRequestHeader('Accept', 'application/json')
      request.setRequestHeader('X-CSRFToken', csrfToken())
      request.upload.addEventListener('progress', (event) => {
        picture.progress = Math.min(0.98, event.loaded / Math.max(1, event.total))
        this.state.dispatchEvent(new Event('progress'))
      })
      request.addEventListener('loadend', () => {
        if (request.status === 201) this.#arrived(picture, request.response)
        else this.#failed(picture, request)
        resolve()
      })
      request.send(body)
    })
  }

  #failed(picture: Picture, request: XMLHttpRequest): void {
    const problem = request.response as { title?: string; hint?: string; code?: string } | null
    picture.fault = [problem?.title, problem?.hint].filter(Boolean).join(' · ') || (this.words.failed ?? '')
    const later = request.status === 429 && problem?.code !== 'picture-quota-reached'
    picture.helps = request.status === 0 || request.status >= 500 || later
    if (!picture.helps) this.#files.delete(picture)
  }

  #arrived(picture: Picture, answer: Record<string, unknown>): void {
    URL.revokeObjectURL(picture.url)
    Object.assign(picture, {
      id: answer.id,
      url: answer.url_720,
      width: answer.width,
      height: answer.height,
      color: answer.color,
      progress: 1,
    })
    this.#files.delete(picture)
  }
}
