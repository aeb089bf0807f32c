// The results filter: updates the counts and the URL when a criterion changes.
"use strict";

const WAIT = 350; // milliseconds after the last change
const filter = document.querySelector("form[data-filter]");
const allOffenders = filter.querySelector("#all");
const otherFilters = filter.querySelector("[data-narrowing]");
const button = filter.querySelector("[data-count]");
let timer = null;
let request = null;

function disableOthers() {
  otherFilters.disabled = allOffenders.checked;
}

async function count() {
  request?.abort();
  request = new AbortController();
  // The service redirects to the shortest URL with these criteria.
  const criteria = new URLSearchParams(new FormData(filter));
  const response = await fetch(`${filter.dataset.filter}?${criteria}`, { signal: request.signal, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const counted = page.querySelector("[data-live=line]");
  const line = document.querySelector("[data-live=line]");
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
  for (const part of ["selected", "tables", "saved"]) {
    document.querySelector(`[data-live=${part}]`).replaceWith(page.querySelector(`[data-live=${part}]`));
  }
  history.replaceState(null, "", response.url);
}

function changed() {
  disableOthers();
  clearTimeout(timer);
  timer = setTimeout(() => {
    count().catch((error) => {
      if (error.name !== "AbortError") {
        document.querySelector("[data-live=line]").textContent = "Not counted. The service cannot be reached.";
      }
    });
  }, WAIT);
}

filter.addEventListener("input", changed);
button.hidden = true;

// In the name field, Enter saves the filter.
document.getElementById("save-name").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  filter.requestSubmit(document.querySelector("[data-save]"));
});

disableOthers();
// After this script has run, the browser may restore what was typed before (Back, reload).
window.addEventListener("pageshow", (event) => {
  disableOthers();
  if (event.persisted) changed();
});
