/**
 * Gives each card of a feed the exact number of 1-px rows that it needs. The styles have estimated it already, so that nothing
 * jumps; browsers without typed arithmetic in CSS rely on this alone.
 */
const heights = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const card = entry.target.parentElement
    const height = Math.ceil(entry.borderBoxSize[0]?.blockSize ?? 0)
    if (!card || height === 0) continue
    card.style.setProperty('--span', String(height))
    card.dataset.done = ''
  }
})

export function layOut(root: ParentNode): void {
  for (const body of root.querySelectorAll('.card:not([data-done]) > .card-body')) heights.observe(body)
}
