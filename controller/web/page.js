// Keeps the page as new as the controller's last status (GET /v1/stream). Texts are set as texts, in the elements that are
// there already: what is open, focused, selected or scrolled to stays so. What happens is chosen and worded by the
// controller; here it is only put in its place, drawn over the last minute, and announced to who cannot see it change.
import { setValue, takeSamples } from '/web/charts.js';

const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const make = (name, attributes = {}) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

// ---- news for who does not see it: a few at a time, not faster than they can be read out ----

let news = [];
let newsTimer = 0;
function announce(text) {
  news.push(text);
  if (newsTimer) return;
  newsTimer = setTimeout(() => {
    const more = news.length - 4;
    byId('news').textContent = news.slice(0, 4).join('. ') + (more > 0 ? `. And ${more} changes more` : '');
    news = [];
    newsTimer = 0;
  }, 1000);
}

// ---- ages ----

let ahead = 0;  // the controller's clock before ours, in milliseconds
function ageText(from) {
  const seconds = Math.max(0, Math.floor((Date.now() + ahead - from) / 1000));
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  const two = (number) => String(number).padStart(2, '0');
  if (minutes === 0) return `${seconds}s`;
  if (hours === 0) return `${minutes}m${two(seconds % 60)}s`;
  return days === 0 ? `${hours}h${two(minutes % 60)}m` : `${days}d${hours % 24}h`;
}
const setAge = (time) => setText(time, ageText(Date.parse(time.dateTime)));

// ---- cells, rows, lists ----

function setText(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Whether the text is another one now. */
function setCell(place, cell) {
  const { text = '', tone = '', since, value } = typeof cell === 'string' ? { text: cell } : cell;
  let span = place.querySelector(':scope > .t');
  if (!span) place.prepend(span = make('span'));
  const changed = setText(span, text);
  const look = tone ? `t ${tone}` : 't';
  if (span.className !== look) span.className = look;
  let time = place.querySelector(':scope > time');
  if (since) {
    if (!time) span.after(' ', time = make('time', { class: 'age' }));
    if (time.dateTime !== since) time.dateTime = since;
    setAge(time);
  } else if (time) {
    time.remove();
  }
  if (value !== undefined) setValue(place, value);
  return changed;
}

/** Those of `parent`'s children whose keys are `keys`, in that order; others go, and `makeOne` makes what lacks. */
function setChildren(parent, keys, makeOne) {
  const wanted = new Set(keys);
  const had = new Map();
  for (const child of [...parent.children]) {
    if (wanted.has(child.dataset.key)) had.set(child.dataset.key, child); else child.remove();
  }
  let next = parent.firstElementChild;
  return keys.map((key) => {
    const child = had.get(key) || makeOne(key);
    if (child === next) next = next.nextElementSibling; else parent.insertBefore(child, next);
    return { child, isNew: !had.has(key) };
  });
}

function makeRow(table, key) {
  const row = make('tr', { role: 'row', 'data-key': key });
  [...table.tHead.rows[0].cells].forEach((column, i) => {
    const kind = { 'data-label': column.textContent, class: column.className };
    row.append(i === 0 ? make('th', { scope: 'row', role: 'rowheader', ...kind }) : make('td', { role: 'cell', ...kind }));
  });
  return row;
}

function flash(element) {
  element.classList.remove('changed');
  void element.offsetWidth;  // so that the animation begins anew
  element.classList.add('changed');
}

/** `told(row, text)`: of a cell of the column `kind` whose text has changed. */
function setRows(body, rows, kind, told) {
  const table = body.closest('table');
  const places = setChildren(body, rows.map((row) => row.key), (key) => makeRow(table, key));
  places.forEach(({ child, isNew }, i) => {
    rows[i].cells.forEach((cell, column) => {
      const place = child.children[column];
      if (!setCell(place, cell) || isNew || !place.classList.contains(kind)) return;
      flash(place);
      told(rows[i], place.querySelector('.t').textContent);
    });
  });
}

function setItems(list, items) {
  while (list.children.length > items.length) list.lastElementChild.remove();
  items.forEach(({ cell, service }, i) => {
    const line = list.children[i] || list.appendChild(make('li'));
    setCell(line, cell);
    let link = line.querySelector('a');
    if (service && !link) line.append(' ', link = make('a'));
    if (!service && link) link.remove();
    if (!service) return;
    setText(link, `show ${service}`);
    link.setAttribute('href', `#service-${encodeURIComponent(service)}`);
  });
}

// ---- services ----

const services = byId('services');
const serviceOf = new Map([...services.children].map((child) => [child.dataset.key, child]));

function makeService(name) {
  const service = byId('new-service').content.firstElementChild.cloneNode(true);
  service.id = `service-${name}`;
  service.dataset.key = name;
  service.querySelector('h3').textContent = name;
  service.querySelector('table').remove();  // until there is a member to show
  const link = service.querySelector('.more a');
  link.textContent = `All members of ${name}`;
  link.setAttribute('href', `/?service=${encodeURIComponent(name)}`);
  serviceOf.set(name, service);
  return service;
}

function membersOf(service, name) {
  const table = byId('new-service').content.querySelector('table').cloneNode(true);
  table.caption.textContent = `Members of ${name}`;
  service.querySelector('.more').before(table);
  return table.tBodies[0];
}

function setService({ service: name, cells, remarks, rows, more }) {
  const service = serviceOf.get(name);
  const places = service.querySelectorAll('summary > .cell');
  cells.forEach((cell, i) => {
    if (setCell(places[i], cell) && places[i].classList.contains('state')) flash(places[i]);
  });
  setItems(service.querySelector('.remarks'), remarks.map((text) => ({ cell: { text, tone: 'bad' } })));
  let body = service.querySelector('tbody');
  if (!body && rows.length > 0) body = membersOf(service, name);
  if (body) setRows(body, rows, 'state', (row, text) => announce(`${row.key} of ${name}: ${text}`));
  service.querySelector('.more').hidden = more === 0;
  filterOne(service);
}

function filterOne(service) {
  const text = byId('find').value.trim().toLowerCase();
  const isFound = service.querySelector('summary').textContent.toLowerCase().includes(text);
  const hidden = !isFound || (byId('unwell').checked && !service.querySelector('summary .state :is(.bad, .warning)'));
  if (service.hidden !== hidden) service.hidden = hidden;
}

function filter() {
  for (const service of services.children) filterOne(service);
  const all = services.children.length;
  const hidden = [...services.children].filter((service) => service.hidden).length;
  setText(byId('found'), hidden > 0 ? `${all - hidden} of ${all} are shown` : '');
}

function showTarget() {
  const id = decodeURIComponent(location.hash.slice(1));
  const service = id.startsWith('service-') && byId(id);
  if (!service) return;
  service.hidden = false;
  service.open = true;
  service.querySelector('summary').focus();
}

// ---- what the controller says ----

const take = {
  headline({ cell, node }) {
    if (setCell(byId('headline'), cell)) announce(byId('headline').textContent);
    if (node) setText(byId('node'), node);
    document.title = `${byId('node').textContent}: ${byId('headline').textContent}`;
  },
  troubles: ({ items }) => setItems(byId('troubles'), items),
  facts({ rows }) {
    const places = setChildren(byId('facts'), rows.map((row) => row.key), (key) => {
      const fact = make('div', { 'data-key': key });
      fact.append(make('dt'), make('dd'));
      fact.firstElementChild.textContent = key;
      return fact;
    });
    places.forEach(({ child }, i) => {
      const [cell] = rows[i].cells;
      child.lastElementChild.className = cell.value === undefined ? '' : 'chart';
      setCell(child.lastElementChild, cell);
    });
  },
  routers: ({ rows }) => setRows(byId('routers'), rows, 'role', (row, text) => announce(`router ${row.key}: ${text}`)),
  summary: ({ cell }) => setCell(byId('summary'), cell),
  services({ order }) {
    const wanted = new Set(order);
    for (const name of serviceOf.keys()) if (!wanted.has(name)) serviceOf.delete(name);
    setChildren(services, order, makeService);
    byId('filter').hidden = order.length < 2;
  },
  'drift-summary': ({ cell }) => setCell(byId('drift-summary'), cell),
  drift: ({ rows }) => setRows(byId('drift'), rows, 'none', () => {}),
  'foreign-summary': ({ cell }) => setCell(byId('foreign-summary'), cell),
  foreign: ({ items }) => setItems(byId('foreign'), items),
};

function takeSection(section) {
  if (section.service !== undefined) setService(section); else if (take[section.id]) take[section.id](section);
}

const mostEvents = 100;
function takeChange({ key, cells }) {
  const body = byId('events');
  if (body.firstElementChild && body.firstElementChild.dataset.key === key) return;
  const row = makeRow(body.closest('table'), key);
  cells.forEach((cell, i) => setCell(row.children[i], cell));
  body.prepend(row);
  flash(row);
  while (body.children.length > mostEvents) body.lastElementChild.remove();
}

// ---- the connection ----

let source = null;
let lastEvent = root.dataset.event;
let lastHeard = Date.now();
let lostSince = null;
const clock = (time) => new Date(time).toLocaleTimeString();

function live(text, lost) {
  setText(byId('live'), text);
  root.classList.toggle('lost', lost);
}

function lose() {
  if (lostSince !== null) return;
  lostSince = lastHeard;
  live(`Connection lost since ${clock(lostSince)}; this is the state of then`, true);
  announce('The connection to the controller is lost');
}

function connect() {
  if (source) source.close();
  const url = new URL(root.dataset.stream, location.href);
  url.searchParams.set('after', lastEvent);
  source = new EventSource(url);
  source.addEventListener('hello', ({ data }) => {
    // After an upgrade of the controller the page is another one; once, lest something between us keeps an old one.
    const { assets } = JSON.parse(data);
    if (assets === root.dataset.assets || sessionStorage.getItem('reloaded-for') === assets) return;
    sessionStorage.setItem('reloaded-for', assets);
    location.reload();
  });
  source.addEventListener('section', ({ data }) => takeSection(JSON.parse(data)));
  source.addEventListener('change', ({ data, lastEventId }) => {
    lastEvent = lastEventId;
    takeChange(JSON.parse(data));
  });
  source.addEventListener('tick', ({ data }) => {
    lastHeard = Date.now();
    const time = Date.parse(JSON.parse(data));
    ahead = time - lastHeard;
    if (lostSince !== null) announce('The connection to the controller is back');
    lostSince = null;
    live(`Live, as of ${clock(time)}`, false);
    takeSamples();
    document.querySelectorAll('time.age').forEach(setAge);
  });
  source.addEventListener('error', lose);
}

// Silence is a loss, too: a machine that is gone says nothing. A refusal ends the browser's own attempts.
const silence = 6000;
setInterval(() => {
  if (Date.now() - lastHeard > silence) lose();
  if (lostSince !== null && (source.readyState === EventSource.CLOSED || Date.now() - lastHeard > 3 * silence)) {
    lastHeard = Date.now();
    connect();
  }
}, 3000);

byId('filter').hidden = services.children.length < 2;
byId('filter').addEventListener('submit', (event) => event.preventDefault());
byId('filter').addEventListener('input', filter);
window.addEventListener('hashchange', showTarget);
showTarget();
connect();
