/** Takes back what a refused form said of a field, once that field is mended. */

export function clearFault(field: Element | null): void {
  if (!field?.id || field.ariaInvalid !== 'true') return
  field.removeAttribute('aria-invalid')
  const said = document.getElementById(`${field.id}-said`)
  if (said?.matches('.fault')) {
    said.remove()
    field.removeAttribute('aria-describedby')
  }
  const summary = document.querySelector('.notice[data-problem]')
  for (const link of summary?.querySelectorAll(`li > a[href="#${CSS.escape(field.id)}"]`) ?? []) link.parentElement?.remove()
  if (summary?.querySelector('ul') && !summary.querySelector('li')) summary.remove()
}

/** A field of text is mended, as far as can be told here, when something else stands in it that the browser would send. */
export function clearWhenChanged(event: Event): void {
  const field = event.target as HTMLInputElement
  if (field.ariaInvalid === 'true' && field.value.trim() !== '' && field.checkValidity()) clearFault(field)
}
