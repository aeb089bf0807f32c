// Copies what is shown once, where the browser lets a page do so.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const status = document.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      status.textContent = "Copied.";
    } catch {
      status.textContent = "This could not be copied: select it and copy it by hand.";
    }
  });
}
