// The workbench answers as its fields change. Without this, the button does.
"use strict";

const PAUSE = 250;
const form = document.getElementById("bench-form");
const outcome = document.getElementById("outcome");
const status = document.querySelector("[data-status]");
let waiting = 0;
let asking = null;

function fields() {
  return [...form.querySelectorAll("[data-was]")];
}

function mark() {
  for (const one of fields()) {
    const item = one.closest("[data-item]");
    const changed = one.value.trim() !== one.dataset.was;
    item.classList.toggle("changed", changed);
    item.querySelector("[data-changed]").hidden = !changed;
  }
}

function query() {
  const changed = fields().filter((one) => one.value.trim() !== one.dataset.was);
  return new URLSearchParams(changed.map((one) => [one.name, one.value.trim()])).toString();
}

function nameField() {
  return outcome.querySelector("[name=name]");
}

// The address says what is on the bench, and the name that is typed for it: a reload brings both again.
function putInAddress() {
  const said = new URLSearchParams(query());
  if (nameField().value.trim()) said.set("name", nameField().value.trim());
  history.replaceState(null, "", said.size ? `${form.action}?${said}` : form.action);
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const sent = query();
  const named = nameField().value;
  try {
    const response = await fetch(`${form.dataset.outcome}?${sent}`, { signal: asking.signal, credentials: "same-origin" });
    // A session that has ended leads elsewhere: the button then says so in full.
    if (response.redirected || !response.ok) throw new Error("no outcome");
    outcome.innerHTML = await response.text();
    nameField().value = named;
    putInAddress();
    status.textContent = [...outcome.querySelectorAll("[data-moved]")]
      .map((one) => `${one.closest("section").querySelector("h3").textContent}: ${one.textContent}`)
      .join(". ");
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = "The service did not answer. Select Try changes to try again.";
  }
}

form.addEventListener("input", () => {
  mark();
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.formMethod === "post") return; // it is kept
  event.preventDefault();
  clearTimeout(waiting);
  ask();
});
outcome.addEventListener("input", putInAddress);
// In the field for its name, Enter keeps it.
outcome.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.name !== "name") return;
  event.preventDefault();
  form.requestSubmit(outcome.querySelector("button"));
});
// The browser may put back what was chosen before.
window.addEventListener("pageshow", () => {
  mark();
  const told = new URLSearchParams(window.location.search);
  told.delete("name");
  // What was refused stays where it is told.
  if (!told.has("reply") && query() !== told.toString()) ask();
});
