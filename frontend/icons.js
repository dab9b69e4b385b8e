/** The icons that pages may name; each is a symbol of the sprite. */
export const ICONS = [
  'arrow-right', 'arrow-up-right', 'badge-check', 'banknote', 'calendar-days', 'chart-no-axes-column', 'check',
  'chevron-down', 'chevron-left', 'chevron-right', 'circle-alert', 'circle-check', 'circle-help', 'clock', 'coins',
  'compass', 'copy', 'download', 'external-link', 'eye', 'file-text', 'flag', 'grip-vertical', 'hand-coins', 'heart',
  'house', 'image', 'image-plus', 'info', 'key-round', 'languages', 'layers', 'link', 'list', 'lock', 'log-in',
  'log-out', 'map-pin', 'message-circle', 'minus', 'monitor', 'moon', 'mouse-pointer-click', 'package',
  'package-check', 'pencil', 'plus', 'receipt', 'refresh-cw', 'rotate-ccw', 'scale', 'search', 'settings', 'share-2',
  'shield-check', 'shopping-bag', 'shopping-cart', 'sliders-horizontal', 'smartphone', 'sparkles', 'star', 'store',
  'sun', 'sun-moon', 'tag', 'tags', 'trash-2', 'trending-down', 'trending-up', 'triangle-alert', 'truck', 'undo-2',
  'upload', 'user', 'users', 'wallet', 'x', 'zoom-in',
]
