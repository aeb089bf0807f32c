// The filter beside the results: when a criterion changes, the results, their number and the URL follow.
"use strict";

const WAIT = 500; // milliseconds after the last change
const filter = document.querySelector("form[data-filter]");
const allPeople = filter.querySelector("#all");
const otherFilters = filter.querySelector("[data-narrowing]");
const panel = document.getElementById("filter-panel");
const panelButton = document.querySelector("[data-show-filter]");
const line = document.querySelector("[data-live=line]");
let timer = null;
let request = null;

function live(part, page = document) {
  return page.querySelector(`[data-live=${part}]`);
}

function disableOthers() {
  otherFilters.disabled = allPeople?.checked ?? false;
}

function markCurrent(isCurrent) {
  line.classList.toggle("not-current", !isCurrent);
  for (const part of ["selected", "results"]) {
    live(part).classList.toggle("not-current", !isCurrent);
    live(part).setAttribute("aria-busy", String(!isCurrent));
  }
}

async function update() {
  request?.abort();
  request = new AbortController();
  // Sent in the body, because an offender number must not be in a URL. The service redirects to the shortest URL
  // with these criteria.
  const body = new URLSearchParams(new FormData(filter));
  const response = await fetch(filter.action, { method: "POST", body, signal: request.signal, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const counted = live("line", page);
  if (counted === null) {
    line.textContent = "Not counted. Your session may have ended. Reload the page.";
    return;
  }
  const error = page.querySelector(".govuk-error-summary li");
  if (error !== null) {
    line.textContent = `Not counted. ${error.textContent}`;
    return;
  }
  line.replaceChildren(...counted.childNodes);
  const opened = document.querySelector(".matches")?.open ?? false;
  for (const part of ["selected", "results", "saved", "saved-number"]) live(part)?.replaceWith(live(part, page));  // a page may save no lists
  document.querySelector(".matches")?.toggleAttribute("open", opened);
  markCurrent(true);
  history.replaceState(null, "", response.url);
}

function changed() {
  disableOthers();
  markCurrent(false);
  clearTimeout(timer);
  timer = setTimeout(() => {
    update().catch((error) => {
      if (error.name !== "AbortError") line.textContent = "Not counted. The service cannot be reached.";
    });
  }, WAIT);
}

filter.addEventListener("input", (event) => {
  if (event.target.name !== "name") changed();
});

// In the name field, Enter saves the filter.
document.getElementById("save-name")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  filter.requestSubmit(document.querySelector("[data-save]"));
});

// On a narrow screen the filter is folded away. Without script, the link to it unfolds it.
function showPanel(isShown) {
  panel.classList.toggle("shown", isShown);
  panelButton.setAttribute("aria-expanded", String(isShown));
  if (!isShown && location.hash) location.hash = ""; // the style shows what the URL points at
  panelButton.textContent = isShown ? "Hide filter" : "Show filter";
}
panelButton.setAttribute("role", "button");
panelButton.setAttribute("aria-controls", panel.id);
panelButton.setAttribute("draggable", "false");
showPanel(panel.matches(".shown, :target"));
panelButton.addEventListener("click", (event) => {
  event.preventDefault();
  showPanel(!panel.classList.contains("shown"));
});
panelButton.addEventListener("keydown", (event) => {
  if (event.key !== " ") return;
  event.preventDefault();
  panelButton.click();
});

disableOthers();
// After this script has run, the browser may restore what was typed before (Back, reload).
window.addEventListener("pageshow", (event) => {
  disableOthers();
  if (event.persisted) changed();
});
