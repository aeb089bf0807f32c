// Makes the pages pleasant; every page works without it.
"use strict";

// Printing ------------------------------------------------------------------

const printButton = document.querySelector("[data-print]");
if (printButton) {
  printButton.hidden = false;
  printButton.addEventListener("click", () => window.print());
}

const closedForReading = [];
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    closedForReading.push(details);
  }
});
window.addEventListener("afterprint", () => {
  for (const details of closedForReading.splice(0)) details.open = false;
});

// The form ------------------------------------------------------------------

const KEEP_ALIVE = 5 * 60 * 1000;
const NOT_SAVED = "Nothing was saved.";
// A reply may be lost, or fail, after the answers are on disk.
const MAYBE_SAVED = "It may or may not have been saved; save again: it is never stored twice.";
let unsaved = false;
let sending = false;
let lastSeen = Date.now();

// What is typed is not lost by a wrong click, and typing keeps the session from idling out.
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

function typed(form) {
  unsaved = true;
  if (Date.now() - lastSeen > KEEP_ALIVE) {
    lastSeen = Date.now();
    fetch(form.dataset.keepAlive, { credentials: "same-origin", cache: "no-store" }).catch(() => {});
  }
}

function isAnswered(item) {
  if (item.querySelector("input[type=radio]:checked, input[type=checkbox]:checked")) return true;
  const number = item.querySelector(".number-row input");
  return number !== null && number.value.trim() !== "";
}

// How far it has got, in all and for each part.
function count(form) {
  const items = [...form.querySelectorAll("[data-item]")];
  const progress = document.querySelector("[data-progress]");
  progress.hidden = false;
  progress.textContent = `${items.filter(isAnswered).length} of ${items.length} answered`;
  for (const shown of document.querySelectorAll("[data-count]")) {
    const section = items.filter((item) => item.closest("section").id === shown.dataset.count);
    shown.textContent = `${section.filter(isAnswered).length}/${section.length}`;
  }
}

// What differs from the assessment the form started from. `data-was` holds its fields.
function markChanges(form) {
  for (const item of form.querySelectorAll("[data-item]")) {
    const state = item.querySelector("[data-state]");
    if (!state) continue;
    const now = [...item.querySelectorAll("input")].filter((one) => !/radio|checkbox/.test(one.type) || one.checked);
    const said = new Map(now.filter((one) => one.value.trim() !== "").map((one) => [one.name, one.value.trim()]));
    const was = new Map(Object.entries(JSON.parse(state.dataset.was)));
    const same = said.size === was.size && [...was].every(([name, value]) => said.get(name) === value);
    state.textContent = same ? state.dataset.same : "changed";
    item.classList.toggle("changed", !same);
  }
}

// With a level in focus its number chooses it, and "u" chooses unknown.
function chooseByKey(form, event) {
  if (event.target.type !== "radio" || event.ctrlKey || event.metaKey || event.altKey) return;
  const wanted = event.key.toLowerCase() === "u" ? "?" : event.key;
  const group = [...form.querySelectorAll("input[type=radio]")].filter((one) => one.name === event.target.name);
  const chosen = group.find((one) => one.value === wanted);
  if (!chosen) return;
  event.preventDefault();
  chosen.checked = true;
  chosen.focus();
  chosen.dispatchEvent(new Event("input", { bubbles: true }));
}

// A refused form is shown in its own place, so that Back never leads to a page that was posted.
async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const response = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
  if (response.redirected && new URL(response.url).pathname === form.dataset.login) {
    tell("Your session has ended", `Sign in again in another tab, then come back and save. ${NOT_SAVED}`);
    return;
  }
  if (response.redirected) {
    unsaved = false;
    window.location.assign(response.url);
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.querySelector("form[data-guarded]")) {
    document.title = page.title;
    document.querySelector("main").replaceWith(page.querySelector("main"));
    begin();
  } else {
    const outcome = response.status < 500 ? NOT_SAVED : MAYBE_SAVED;
    tell(page.querySelector("h1").textContent, `${page.querySelector("h1 + p").textContent} ${outcome}`);
  }
}

// Something other than the answers is wrong: what was typed stays where it is.
function tell(heading, detail) {
  const box = document.createElement("div");
  const title = document.createElement("h2");
  const text = document.createElement("p");
  box.className = "errors";
  box.id = "errors";
  box.tabIndex = -1;
  box.setAttribute("role", "alert");
  title.textContent = heading;
  text.textContent = `${detail} Nothing you typed is lost.`;
  box.append(title, text);
  document.getElementById("errors")?.remove();
  document.querySelector("main").prepend(box);
  box.focus();
}

function begin() {
  const summary = document.getElementById("errors");
  if (summary) summary.focus();
  const form = document.querySelector("form[data-guarded]");
  if (!form) return;
  const refresh = () => {
    count(form);
    markChanges(form);
  };
  unsaved = summary !== null;
  form.addEventListener("input", () => {
    typed(form);
    refresh();
  });
  form.addEventListener("keydown", (event) => chooseByKey(form, event));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    send(form, event.submitter)
      .catch(() => tell("It is not known whether this was saved", `The service did not answer. ${MAYBE_SAVED}`))
      .finally(() => {
        sending = false;
      });
  });
  refresh();
  // The browser may put back what was typed before (Back, reload) after this has run.
  window.addEventListener("pageshow", refresh);
}

begin();
