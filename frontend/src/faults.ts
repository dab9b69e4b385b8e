/**
 * Takes back what a refused form said of a field, once that field is mended. Not as one leaves a field: the button that was being
 * pressed would move away under the pointer.
 */

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
