// Small charts of the last minute beside the values that they are of, one value a second. A screen reader is told their range.

const samples = 60;
const charts = new Map();  // by the element that has the value
const inSight = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) inSight.add(target); else inSight.delete(target);
    if (isIntersecting && charts.has(target)) draw(charts.get(target));
  }
});

function labelOf(place) {
  return place.dataset.label || (place.parentElement.querySelector('dt') || place.querySelector('.label')).textContent;
}

function chartOf(place) {
  if (charts.has(place)) return charts.get(place);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  svg.setAttribute('class', 'sparkline');
  svg.setAttribute('viewBox', `0 0 ${samples - 1} 20`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.append(line);
  place.append(svg);
  const chart = { svg, line, values: [], now: 0, label: labelOf(place) };
  charts.set(place, chart);
  watcher.observe(place);
  return chart;
}

function draw({ svg, line, values, label }) {
  const most = Math.max(...values, 0);
  const first = samples - values.length;
  line.setAttribute('points', values.map((value, i) => `${first + i},${19 - (most > 0 ? 18 * value / most : 0)}`).join(' '));
  const short = (value) => Number(value.toPrecision(3)).toLocaleString('en');
  const range = values.length === 0 ? 'nothing seen yet'
      : `${short(Math.min(...values))} to ${short(most)}, now ${short(values[values.length - 1])}`;
  svg.setAttribute('aria-label', `${label}, last minute: ${range}`);
}

/** What the text in `place` says, until it says otherwise. */
export function setValue(place, value) {
  chartOf(place).now = value;
}

/** Once a second. Only what can be seen is drawn. */
export function takeSamples() {
  for (const [place, chart] of charts) {
    if (!place.isConnected) {
      charts.delete(place);
      inSight.delete(place);
      watcher.unobserve(place);
      continue;
    }
    chart.values.push(chart.now);
    if (chart.values.length > samples) chart.values.shift();
    if (inSight.has(place)) draw(chart);
  }
}
