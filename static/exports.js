// Exports: a file that is ready is fetched at once, and what is being made tells how far it is.
"use strict";

const EVERY = 2000; // milliseconds between two looks

// Once: Back and a reload do not fetch it again.
const made = document.querySelector("[data-made]");
if (made && sessionStorage.getItem("fetched") !== made.dataset.made) {
  sessionStorage.setItem("fetched", made.dataset.made);
  made.click();
}

async function look() {
  const shown = document.querySelector("[data-live=jobs][data-working]");
  if (shown === null) return;
  // Not while somebody is at a link or a button of the list: it would be taken from under them.
  if (!document.hidden && !shown.contains(document.activeElement)) {
    const response = await fetch(window.location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const now = page.querySelector("[data-live=jobs]");
    if (now === null) return;
    shown.replaceWith(now);
    document.querySelector("[data-live=made]").replaceWith(page.querySelector("[data-live=made]"));
    if (!("working" in now.dataset)) now.querySelector("[role=status]").textContent = "Everything is ready.";
  }
  setTimeout(next, EVERY);
}

function next() {
  look().catch(() => setTimeout(next, 5 * EVERY));
}

setTimeout(next, EVERY);
