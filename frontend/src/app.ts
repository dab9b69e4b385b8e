import './styles/app.css'
import 'htmx.org'
import './elements/toast-area'
import './elements/snap-carousel'
import './elements/search-box'
import './elements/share-button'
import './elements/quantity-input'
import { initForms } from './forms'
import { layOut } from './masonry'
import { initSheet } from './sheet'
import { initToggles } from './toggles'
import { initTouches } from './touches'
import { initZoom } from './zoom'

initForms()
initSheet()
initToggles()
initTouches()
initZoom()
layOut(document)
document.addEventListener('htmx:after:swap', () => layOut(document))
