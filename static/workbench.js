// The what-if page: updates the outcome when an answer changes. Without JavaScript, the button does.
"use strict";

const PAUSE = 250;
const form = document.getElementById("bench-form");
const outcome = document.getElementById("outcome");
const scores = document.querySelector("[data-scores]");
const status = document.querySelector("[data-status]");
let timer = 0;
let request = null;

function fields() {
  return [...form.querySelectorAll("[data-was]")];
}

function mark() {
  for (const field of fields()) {
    const item = field.closest("[data-item]");
    const changed = field.value.trim() !== field.dataset.was;
    item.classList.toggle("changed", changed);
    item.querySelector("[data-changed]").hidden = !changed;
  }
}

function query() {
  const changed = fields().filter((field) => field.value.trim() !== field.dataset.was);
  return new URLSearchParams(changed.map((field) => [field.name, field.value.trim()])).toString();
}

function nameField() {
  return outcome.querySelector("[name=name]");
}

// The URL holds the changed answers and the typed name, so that reloading restores them.
function updateAddress() {
  const state = new URLSearchParams(query());
  if (nameField().value.trim()) state.set("name", nameField().value.trim());
  history.replaceState(null, "", state.size ? `${form.action}?${state}` : form.action);
}

async function update() {
  request?.abort();
  request = new AbortController();
  const changes = query();
  const name = nameField().value;
  try {
    const response = await fetch(`${form.dataset.outcome}?${changes}`, { signal: request.signal, credentials: "same-origin" });
    // If the session has ended, the button leads to the sign-in page.
    if (response.redirected || !response.ok) throw new Error("no outcome");
    const parts = new DOMParser().parseFromString(await response.text(), "text/html");
    scores.replaceChildren(...parts.querySelector("[data-scores]").childNodes);
    outcome.replaceChildren(...parts.querySelector("[data-outcome]").childNodes);
    nameField().value = name;
    updateAddress();
    status.textContent = [...outcome.querySelectorAll("[data-moved]")]
      .map((difference) => `${difference.closest("section").querySelector("h3").textContent}: ${difference.textContent}`)
      .join(". ");
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = "The service did not answer. Select Recalculate to try again.";
  }
}

form.addEventListener("input", () => {
  mark();
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE);
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.formMethod === "post") return; // Save what-if
  event.preventDefault();
  clearTimeout(timer);
  update();
});
outcome.addEventListener("input", updateAddress);
// In the name field, Enter keeps the what-if.
outcome.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.name !== "name") return;
  event.preventDefault();
  form.requestSubmit(outcome.querySelector("button"));
});
// The browser may restore earlier choices.
window.addEventListener("pageshow", () => {
  mark();
  const state = new URLSearchParams(window.location.search);
  state.delete("name");
  // A page with errors stays as it is.
  if (!state.has("reply") && query() !== state.toString()) update();
});
