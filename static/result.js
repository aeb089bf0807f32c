// The result pages: buttons that open a dialog. Esc or its button closes it.
"use strict";

for (const button of document.querySelectorAll("[data-opens]")) {
  const dialog = document.getElementById(button.dataset.opens);
  if (!dialog || !dialog.showModal) continue;
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => button.focus());
}
