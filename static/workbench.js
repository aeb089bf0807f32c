// The workbench answers as its fields change. Without this, the button does.
"use strict";

const PAUSE = 250;
const form = document.getElementById("bench-form");
const outcome = document.getElementById("outcome");
const status = document.querySelector("[data-status]");
let waiting = 0;
let asking = null;
let named = ""; // also while a wrong answer leaves nothing to keep, and so no field for its name

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

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const sent = query();
  const kept = outcome.querySelector("[name=handed_out]")?.value || handedOut;
  named = outcome.querySelector("[name=name]")?.value ?? named;
  try {
    const response = await fetch(`${form.dataset.outcome}?${sent}`, { signal: asking.signal, credentials: "same-origin" });
    // A session that has ended leads elsewhere: the button then says so in full.
    if (response.redirected || !response.ok) throw new Error("no outcome");
    outcome.innerHTML = await response.text();
    if (outcome.querySelector("[name=handed_out]")) outcome.querySelector("[name=handed_out]").value = kept;
    if (outcome.querySelector("[name=name]")) outcome.querySelector("[name=name]").value = named;
    history.replaceState(null, "", sent ? `${form.action}?${sent}` : form.action);
    status.textContent = [...outcome.querySelectorAll("[data-moved]")]
      .map((one) => `${one.closest("section").querySelector("h3").textContent}: ${one.textContent}`)
      .join(". ");
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = "The service did not answer. Press Try.";
  }
}

const handedOut = form.dataset.handedOut || "";
form.addEventListener("input", () => {
  mark();
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  ask();
});
// The browser may put back what was chosen before.
window.addEventListener("pageshow", () => {
  mark();
  if (query() !== new URLSearchParams(window.location.search).toString()) ask();
});
