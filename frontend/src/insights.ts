/** Charts of dashboards. The table below each says the same, and is what works without scripts. */
import { BarChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

echarts.use([BarChart, AriaComponent, GridComponent, TooltipComponent, SVGRenderer])

interface Given {
  x: string[]
  unit: 'fen' | 'count'
  series: { name: string; values: number[]; hollow?: boolean }[]
}

class ChartPanel extends HTMLElement {
  #chart: echarts.ECharts | null = null
  #given: Given | null = null
  #paint = () => this.#draw()

  connectedCallback(): void {
    const box = this.querySelector<HTMLElement>('.chart')
    const data = this.querySelector('script[type="application/json"]')?.textContent
    if (!box || !data) return
    this.#given = JSON.parse(data)
    this.#chart = echarts.init(box, null, { renderer: 'svg' })
    new ResizeObserver(() => this.#chart?.resize()).observe(box)
    document.addEventListener('theme', this.#paint)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.#paint)
    this.#draw()
  }

  disconnectedCallback(): void {
    document.removeEventListener('theme', this.#paint)
    this.#chart?.dispose()
  }

  #draw(): void {
    if (!this.#chart || !this.#given) return
    const { x, unit, series } = this.#given
    const shown = (value: number) => (unit === 'fen' ? money(value) : value.toLocaleString('en'))
    const [ink, muted, line, surface] = ['ink', 'muted', 'line', 'surface'].map((name) => this.#colour(name))
    this.#chart.setOption(
      {
        animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
        textStyle: { fontFamily: getComputedStyle(this).fontFamily },
        grid: { left: 4, right: 24, top: 20, bottom: 4, containLabel: true },
        tooltip: {
          trigger: 'axis',
          // HTML tooltips would need inline styles of their own, which the policy of the site forbids.
          renderMode: 'richText',
          backgroundColor: surface,
          borderColor: line,
          textStyle: { color: ink, fontSize: 13 },
          valueFormatter: (value: unknown) => shown(Number(value)),
        },
        xAxis: {
          type: 'category',
          data: x,
          axisLine: { lineStyle: { color: line } },
          axisTick: { show: false },
          axisLabel: { color: muted, hideOverlap: true, margin: 12 },
        },
        yAxis: {
          type: 'value',
          minInterval: unit === 'fen' ? 100 : 1,
          splitLine: { lineStyle: { color: line } },
          axisLabel: { color: muted, formatter: (value: number) => (unit === 'fen' ? `¥${short(value / 100)}` : short(value)) },
        },
        series: series.map((one, place) => {
          const color = this.#colour(`series-${place + 1}`)
          return {
            name: one.name,
            // A sum is a day's own: nothing lies between two days.
            type: 'bar',
            data: one.values,
            barGap: '10%',
            barMaxWidth: 28,
            color,
            itemStyle: one.hollow ? { color: 'transparent', borderColor: color, borderWidth: 1.5 } : { color },
          }
        }),
      },
      true,
    )
  }

  /** A token's colour in the theme that is on, as the renderer can read it. */
  #colour(name: string): string {
    const probe = document.createElement('i')
    probe.style.color = `var(--${name})`
    this.append(probe)
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
}

function money(fen: number): string {
  return `¥${(fen / 100).toLocaleString('en', { minimumFractionDigits: 2 })}`
}

function short(value: number): string {
  const chinese = document.documentElement.lang.startsWith('zh')
  const units: [number, string][] = chinese ? [[1e4, '万']] : [[1e6, 'M'], [1e3, 'K']]
  const unit = units.find(([size]) => Math.abs(value) >= size)
  return unit ? `${Math.round((value / unit[0]) * 10) / 10}${unit[1]}` : String(value)
}

customElements.define('chart-panel', ChartPanel)
