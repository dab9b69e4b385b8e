/** Requests to our own server, with the token that says they come from our own page. */

export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? ''
}

export function send(method: string, url: string, body?: BodyInit, headers: Record<string, string> = {}) {
  return fetch(url, {
    method,
    body: body ?? null,
    credentials: 'same-origin',
    headers: { Accept: 'application/json', 'X-CSRFToken': csrfToken(), ...headers },
  })
}
