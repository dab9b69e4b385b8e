/** A picture alone on the screen; a tap goes nearer, Escape or ✕ goes back. */
export function initZoom(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a.zoom-link')
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    open(link)
  })
}

function open(link: HTMLAnchorElement): void {
  const dialog = document.createElement('dialog')
  dialog.className = 'zoom'
  dialog.setAttribute('closedby', 'any')
  dialog.ariaLabel = link.ariaLabel
  const picture = new Image()
  picture.src = link.href
  picture.alt = link.querySelector('img')?.alt ?? ''
  const close = document.createElement('button')
  close.className = 'btn icon'
  close.type = 'button'
  close.textContent = '✕'
  close.ariaLabel = document.querySelector<HTMLElement>('toast-area')?.dataset.closeLabel ?? ''
  dialog.append(picture, close)
  picture.addEventListener('click', () => dialog.classList.toggle('near'))
  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
