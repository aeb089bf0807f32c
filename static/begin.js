// Starts what GOV.UK Frontend adds to the pages; each of them works without it.
import { initAll } from "./installed/govuk-frontend.min.js";

// Set here and not in the page, whose policy allows no script of its own.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
