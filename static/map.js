// The map of a page: areas in shades, and offences as circles with their number. The table below it has the same.
"use strict";

const CELL = 60; // pixels: offences in a square of this size share a circle
const SMALLEST = 11; // radius of a circle, in pixels
const LARGEST = 21;
const UNITED_KINGDOM = [[49.9, -8.2], [60.9, 1.8]];
const HIGHEST_ZOOM = 17;

const shown = document.querySelector("[data-map]");
const numbers = new Intl.NumberFormat("en-GB");
const compact = new Intl.NumberFormat("en-GB", { notation: "compact" });
const style = getComputedStyle(shown);
const colour = (name) => style.getPropertyValue(`--${name}`).trim();

function counted(number, one, several) {
  return `${numbers.format(number)} ${number === 1 ? one : several}`;
}

function paragraphs(...texts) {
  const box = document.createElement("div");
  for (const text of texts) box.appendChild(document.createElement("p")).textContent = text;
  return box;
}

// A circle with its number in it, on the canvas that Leaflet draws on.
const Numbered = L.CircleMarker.extend({
  _updatePath() {
    L.CircleMarker.prototype._updatePath.call(this);
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    const context = renderer._ctx;
    context.globalAlpha = 1;
    context.fillStyle = this.options.color;
    context.font = `bold 12px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(this.options.number, this._point.x, this._point.y + 1);
  },
});

// Areas ------------------------------------------------------------------------

const areas = new Map(JSON.parse(shown.dataset.areas).map(([code, ...rest]) => [code, rest]));

function areaStyle(feature) {
  const shade = areas.get(feature.properties.code)?.[3] ?? 0;
  return { weight: 1, color: colour("map-line"), fillColor: colour(`shade-${shade}`), fillOpacity: 1 };
}

function areaWords(feature) {
  const [name, people, offences] = areas.get(feature.properties.code) ?? [feature.properties.name, 0, 0];
  return paragraphs(name, `${counted(people, "person", "people")}, ${counted(offences, "offence", "offences")}`);
}

async function boundaries() {
  try {
    const answer = await fetch(shown.dataset.boundaries, { credentials: "same-origin" });
    return answer.ok ? await answer.json() : { features: [] };
  } catch {
    return { features: [] }; // the service cannot be reached: offences alone
  }
}

// Offences ---------------------------------------------------------------------

const names = JSON.parse(shown.dataset.names);
// Each place: latitude, longitude, offences, whether the point is approximate, and area and number by the record.
const places = JSON.parse(shown.dataset.places);

// The places at one zoom, a group for each cell of a grid.
function grouped(map, zoom) {
  const cells = new Map();
  for (const place of places) {
    const point = map.project([place[0], place[1]], zoom);
    const key = Math.floor(point.x / CELL) * 1e6 + Math.floor(point.y / CELL);
    let group = cells.get(key);
    if (group === undefined) cells.set(key, (group = { offences: 0, x: 0, y: 0, places: [] }));
    group.offences += place[2];
    group.x += point.x * place[2];
    group.y += point.y * place[2];
    group.places.push(place);
  }
  return [...cells.values()].map((group) => ({ ...group, at: middle(map, zoom, group) }));
}

// Where the circle of a group is: in the middle of its offences, but not over the edge of its square, so that circles
// do not cover each other. One place keeps its point.
function middle(map, zoom, group) {
  if (group.places.length === 1) return L.latLng(group.places[0][0], group.places[0][1]);
  const within = (sum) => {
    const mean = sum / group.offences;
    const edge = Math.floor(mean / CELL) * CELL;
    return Math.min(Math.max(mean, edge + LARGEST), edge + CELL - LARGEST);
  };
  return map.unproject([within(group.x), within(group.y)], zoom);
}

function groupWords(group) {
  const number = counted(group.offences, "offence", "offences");
  if (group.places.length > 1) return paragraphs(`${number} at ${numbers.format(group.places.length)} places`, "Zoom in to see each place.");
  const [, , , approximate, byArea] = group.places[0];
  const recorded = byArea.map(([name, count]) => (byArea.length > 1 ? `${names[name]} ${numbers.format(count)}` : names[name]));
  return paragraphs(`${number}${approximate ? ", approximate" : ""}`, `Area on record: ${recorded.join(", ")}`);
}

function circle(group, renderer) {
  const radius = Math.min(LARGEST, SMALLEST + 3 * Math.log10(group.offences) ** 1.3);
  const marker = new Numbered(group.at, {
    renderer,
    radius,
    weight: 2,
    color: colour("ink"),
    fillColor: colour("paper"),
    fillOpacity: 1,
    number: group.offences < 10000 ? numbers.format(group.offences) : compact.format(group.offences),
  });
  return marker.bindPopup(() => groupWords(group));
}

// The map ----------------------------------------------------------------------

function usualView(map, layer) {
  const usual = new Set(JSON.parse(shown.dataset.view));
  const bounds = L.latLngBounds([]);
  layer.eachLayer((area) => {
    if (usual.has(area.feature.properties.code)) bounds.extend(area.getBounds());
  });
  if (!bounds.isValid()) for (const [latitude, longitude] of places) bounds.extend([latitude, longitude]);
  map.fitBounds(bounds.isValid() ? bounds : UNITED_KINGDOM, { maxZoom: 15, animate: false, padding: [12, 12] });
}

async function draw() {
  shown.closest("[data-map-part]").hidden = false;
  const renderer = L.canvas({ padding: 0.3 });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(shown, {
    renderer,
    attributionControl: false,
    scrollWheelZoom: false, // the wheel scrolls the page
    zoomAnimation: !calm,
    inertia: !calm,
    maxZoom: HIGHEST_ZOOM,
    minZoom: 5,
    zoomSnap: 0.25,
  });
  const layer = L.geoJSON(await boundaries(), { renderer, style: areaStyle });
  usualView(map, layer);
  layer.bindPopup((area) => areaWords(area.feature)).addTo(map);
  const circles = L.layerGroup().addTo(map);
  let groups = [];
  let zoom = null;

  function renew() {
    if (map.getZoom() !== zoom) groups = grouped(map, (zoom = map.getZoom()));
    const near = map.getBounds().pad(0.3);
    circles.clearLayers();
    for (const group of groups) if (near.contains(group.at)) circles.addLayer(circle(group, renderer));
    shown.dataset.zoom = zoom;
    shown.dataset.circles = circles.getLayers().length;
  }

  // The circle of a place, zoomed in until no other place shares it, with its words.
  function showPlace(at) {
    const isThere = (group) => group.places.some((place) => place[0] === at[0] && place[1] === at[1]);
    let closest = map.getZoom();
    while (closest < HIGHEST_ZOOM && grouped(map, closest).find(isThere).places.length > 1) closest += 1;
    map.setView(at, Math.min(closest, HIGHEST_ZOOM), { animate: false });
    map.openPopup(groupWords(groups.find(isThere)), at);
    shown.focus();
  }

  for (const button of document.querySelectorAll("[data-place]")) {
    button.hidden = false;
    button.addEventListener("click", () => showPlace(JSON.parse(button.dataset.place)));
  }
  map.on("moveend", renew);
  renew();
  document.querySelector("[data-map-offences]")?.addEventListener("change", (event) => {
    if (event.target.checked) circles.addTo(map);
    else circles.remove();
  });
  requestAnimationFrame(() => {
    shown.dataset.drawn = "true";
    performance.mark("map drawn");
  });
}

draw();
