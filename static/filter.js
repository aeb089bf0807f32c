// The results filter: counts as the criteria change, and an address that keeps up with them.
"use strict";

const WAIT = 350; // milliseconds after the last change
const filter = document.querySelector("form[data-filter]");
const everybody = filter.querySelector("#all");
const narrowing = filter.querySelector("[data-narrowing]");
const button = filter.querySelector("[data-count]");
let waiting = null;
let asking = null;

// A day is three fields of the form, and one word of an address.
function joinDays(given) {
  for (const name of ["submitted_from", "submitted_to", "release_from", "release_to"]) {
    const parts = ["year", "month", "day"].map((part) => (given.get(`${name}-${part}`) ?? "").trim());
    for (const part of ["year", "month", "day"]) given.delete(`${name}-${part}`);
    const [year, month, day] = parts;
    if (parts.some((text) => text !== "")) {
      given.set(name, `${year.padStart(4, "0")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`);
    }
  }
}

// As an address spells them: nothing empty, no range of a need that is not ticked.
function asked() {
  const given = new FormData(filter);
  given.delete("name"); // which is for saving
  joinDays(given);
  const ticked = given.getAll("need");
  const processes = given.getAll("process").filter((one) => one !== "");
  const pairs = [...given].filter(([name, value]) => {
    if (name === "process" || value.trim() === "") return false;
    const [, need] = /^need\.([a-z]+)\./.exec(name) ?? [];
    return need === undefined || ticked.includes(need);
  });
  const address = new URLSearchParams(pairs.filter(([name]) => name !== "need"));
  // What an address cannot say is asked as the form says it, and refused with a sentence.
  const incomplete = ticked.some((one) => !address.has(`need.${one}.min`) && !address.has(`need.${one}.max`));
  if (narrowing.disabled) return address;
  if (processes.length === 0 || incomplete) return new URLSearchParams([...given]);
  if (processes.length === 1) address.append("process", processes[0]);
  return address;
}

function setAside() {
  narrowing.disabled = everybody.checked;
}

async function count() {
  asking?.abort();
  asking = new AbortController();
  const query = asked();
  const address = query.size ? `${filter.dataset.filter}?${query}` : filter.dataset.filter;
  const response = await fetch(address, { signal: asking.signal, credentials: "same-origin" });
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
  for (const part of ["tables", "saved"]) {
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
