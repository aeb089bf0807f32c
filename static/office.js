// Copies what is shown once, where the browser lets a page do so.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const told = document.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      told.textContent = "Copied.";
    } catch {
      told.textContent = "This could not be copied: select it and copy it by hand.";
    }
  });
}
