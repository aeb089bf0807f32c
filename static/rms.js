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

// What was done is said once: not again after Back or a reload.
const here = new URL(location.href);
if (here.searchParams.has("done")) {
  here.searchParams.delete("done");
  history.replaceState(history.state, "", here);
}

// What is wrong is read first.
document.getElementById("errors")?.focus();
