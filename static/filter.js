// The results filter: counts as the criteria change, and an address that keeps up with them.
"use strict";

const WAIT = 350; // milliseconds after the last change
const filter = document.querySelector("form[data-filter]");
const everybody = filter.querySelector("#all");
const narrowing = filter.querySelector("[data-narrowing]");
const button = filter.querySelector("[data-count]");
let waiting = null;
let asking = null;

function setAside() {
  narrowing.disabled = everybody.checked;
}

async function count() {
  asking?.abort();
  asking = new AbortController();
  // The service spells what the form says as an address, and leads there.
  const said = new URLSearchParams(new FormData(filter));
  const response = await fetch(`${filter.dataset.filter}?${said}`, { signal: asking.signal, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const told = page.querySelector("[data-live=line]");
  const line = document.querySelector("[data-live=line]");
  if (told === null) {
    line.textContent = "Not counted: the service did not answer as it should. Your session may have ended.";
    return;
  }
  const wrong = page.querySelector(".govuk-error-summary li");
  if (wrong !== null) {
    line.textContent = `Not counted yet. ${wrong.textContent}`;
    return;
  }
  line.replaceChildren(...told.childNodes);
  for (const part of ["selected", "tables", "saved"]) {
    document.querySelector(`[data-live=${part}]`).replaceWith(page.querySelector(`[data-live=${part}]`));
  }
  history.replaceState(null, "", response.url);
}

function changed() {
  setAside();
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    count().catch((error) => {
      if (error.name !== "AbortError") {
        document.querySelector("[data-live=line]").textContent = "Not counted: the service cannot be reached.";
      }
    });
  }, WAIT);
}

filter.addEventListener("input", changed);
button.hidden = true;

// In the field for a name, Enter saves under it.
document.getElementById("save-name").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  filter.requestSubmit(document.querySelector("[data-save]"));
});

setAside();
// The browser may put back what was typed before (Back, reload) after this has run.
window.addEventListener("pageshow", (event) => {
  setAside();
  if (event.persisted) changed();
});
