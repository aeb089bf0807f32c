// The form of an assessment: counts, changes, keyboard shortcuts and autosaved drafts. The form also works without it.
"use strict";

(() => {
  const KEEP_ALIVE = 5 * 60 * 1000;
  const PAUSE = 1500; // milliseconds from the last key to saving the draft
  const AT_ONCE = 50; // as soon as the refused request is over
  const NOT_SAVED = "Nothing was saved.";
  // The response may be lost after the form was stored.
  const MAYBE_SAVED = "Your form may not have been saved. Send it again: RMS never stores it twice.";
  let form = null;
  let unsaved = false; // typed, but neither submitted nor saved as a draft
  let sending = false;
  let stale = false; // the draft was changed elsewhere: autosave is off
  let saving = null; // the current request to save the draft
  let timer = null;
  let lastSeen = Date.now();

  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  const items = () => [...form.querySelectorAll("[data-item]")];
  const textOf = (box) => box?.value.trim() ?? "";

  // Whether the item has a valid answer, or is unknown with a reason.
  function isAnswered(item) {
    const chosen = item.querySelector("[type=radio]:checked, [data-unknown]:checked");
    if (chosen?.value === "?") return textOf(item.querySelector(".reason input")) !== "";
    return chosen !== null || isInRange(item.querySelector(".number-row .govuk-input"));
  }

  function isInRange(box) {
    const typed = textOf(box), { least, most, whole } = box?.dataset ?? {};
    if (!(whole === undefined ? /^\d+([.,]\d+)?$/ : /^\d+$/).test(typed)) return false;
    const number = Number(typed.replace(",", "."));
    return Number(least) <= number && number <= Number(most);
  }

  // The answer of an item in words.
  function answerInWords(item) {
    const chosen = item.querySelector("[type=radio]:checked, [data-unknown]:checked");
    if (chosen?.value === "?") return `unknown: ${textOf(item.querySelector(".reason input")) || "no reason given"}`;
    return chosen?.dataset.text ?? textOf(item.querySelector(".number-row .govuk-input"));
  }

  // How many items are answered, in total and by section.
  function count() {
    const all = items();
    document.querySelector("[data-progress]").textContent = `${all.filter(isAnswered).length} of ${all.length} answered`;
    for (const shown of document.querySelectorAll("[data-count]")) {
      const section = all.filter((item) => item.closest("section").id === shown.dataset.count);
      shown.textContent = `${section.filter(isAnswered).length}/${section.length}`;
    }
  }

  // Changes from the assessment that the form started from. `data-was` holds the values of its fields.
  function markChanges() {
    const list = document.querySelector("[data-changes]");
    if (!list) return;
    const lines = [];
    for (const item of items()) {
      const state = item.querySelector("[data-state]");
      const values = new Map();
      for (const input of item.querySelectorAll("input:not([data-seen])")) {
        if (/radio|checkbox/.test(input.type) ? input.checked : textOf(input) !== "") values.set(input.name, textOf(input));
      }
      const was = new Map(Object.entries(JSON.parse(state.dataset.was)));
      const same = values.size === was.size && [...was].every(([name, value]) => values.get(name) === value);
      const seen = item.querySelector("[data-seen]");
      state.textContent = same ? (seen?.checked ? "still correct" : state.dataset.same) : "changed";
      item.classList.toggle("changed", !same);
      item.querySelector(".was").hidden = same;
      if (seen) seen.closest("label").hidden = !same;
      if (!same) lines.push(line(item, item.querySelector(".was").dataset.wasText));
    }
    list.replaceChildren(...lines);
    document.querySelector("[data-no-changes]").hidden = lines.length > 0;
  }

  function line(item, before) {
    const [entry, link, text] = ["li", "a", "span"].map((tag) => document.createElement(tag));
    link.href = `#answer-${item.dataset.item}`;
    link.textContent = item.dataset.label;
    text.textContent = `${before || "not answered"} → ${answerInWords(item) || "not answered"}`;
    entry.append(link, " ", text);
    return entry;
  }

  function refresh() {
    count();
    markChanges();
  }

  // Keys ---------------------------------------------------------------------

  // The fields that Enter moves between: text fields, and the chosen (or first) radio button of each group.
  function stops() {
    const fields = [...form.querySelectorAll("input, textarea, button.govuk-button:not([hidden])")];
    return fields.filter((one) => {
      if (one.type === "hidden" || one.offsetParent === null || one.matches("[data-seen], [data-unknown]")) return false;
      if (one.type !== "radio") return true;
      const group = fields.filter((other) => other.name === one.name);
      return one === (group.find((other) => other.checked) ?? group[0]);
    });
  }

  function go(from, steps) {
    const all = stops();
    const place = from.type === "radio" ? all.findIndex((one) => one.name === from.name) : all.indexOf(from);
    const next = all[place + steps];
    if (!next) return;
    next.focus({ preventScroll: true });
    if (/text|^$/.test(next.type)) next.select?.();
    (next.closest("[data-item]") ?? next).scrollIntoView({ block: "nearest" });
    next.scrollIntoView({ block: "nearest" });
  }

  function choose(box) {
    const before = box.checked;
    box.checked = true;
    box.focus();
    const seen = box.closest("[data-item]")?.querySelector("[data-seen]");
    if (before && seen && box.type === "radio") seen.checked = true; // choosing the same answer again confirms it
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function byKey(event) {
    const box = event.target;
    if (!box.matches("input") || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const item = box.closest("[data-item]");
    const key = event.key.toLowerCase();
    const typing = box.type !== "radio" && box.type !== "checkbox";
    if (event.key === "Enter") {
      event.preventDefault();
      go(box, event.shiftKey ? -1 : 1);
    } else if (typing && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      go(box, event.key === "ArrowUp" ? -1 : 1);
    } else if (item && box.type === "radio") {
      const chosen = [...item.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
      if (!chosen) return;
      event.preventDefault();
      choose(chosen);
    } else if (item && key === "u" && box.closest(".number-row")) {
      const unknown = item.querySelector("[data-unknown]");
      event.preventDefault();
      if (!unknown || !typing) return;
      box.value = "";
      choose(unknown);
      item.querySelector(".reason input").focus();
    }
  }

  // Drafts ---------------------------------------------------------------------

  // Changes the text only if it is new, as screen readers announce it.
  function showSaved(text) {
    const place = document.querySelector("[data-saved]");
    if (place.textContent !== text) place.textContent = text;
  }

  // `data-current`: the time shown is that of the current content of the page.
  function setUnsaved(is) {
    unsaved = is;
    document.querySelector("[data-saved]").toggleAttribute("data-current", !is);
  }

  function body(submitter) {
    return new URLSearchParams(new FormData(form, submitter));
  }

  function saveSoon(pause = PAUSE) {
    clearTimeout(timer);
    if (form.dataset.begin && !stale) timer = setTimeout(saveDraft, pause);
  }

  async function saveDraft() {
    if (saving || sending || !unsaved || stale) return;
    const content = String(body());
    saving = postDraft(content);
    try {
      await saving;
      if (String(body()).replace(/&?version=\d+/, "") === content.replace(/&?version=\d+/, "")) setUnsaved(false);
      else saveSoon();
    } catch (problem) {
      showSaved(problem.message);
    } finally {
      saving = null;
    }
  }

  async function postDraft(content) {
    const address = form.dataset.save ?? form.dataset.begin;
    const response = await fetch(address, { method: "POST", body: new URLSearchParams(content), credentials: "same-origin" }).catch(() => {
      saveSoon();
      throw new Error("Not saved: the service did not answer. RMS will try again.");
    });
    if (response.redirected || [401, 403].includes(response.status)) throw new Error("Not saved: your session has ended. Sign in again in another tab. Your entries stay on this page.");
    if (response.status === 412) {
      stale = true;
      throw new Error("Not saved: this draft was changed in another tab or on another device. Choose “Save and come back later” to compare both versions.");
    }
    if (response.status === 404) stale = true; // submitted or deleted elsewhere; submitting the form says which
    if (!response.ok) {
      const detail = response.headers.get("Content-Type")?.includes("json") ? (await response.json()).detail : "The service failed.";
      throw new Error(`Not saved: ${detail}`);
    }
    lastSeen = Date.now();
    const draft = await response.json();
    adopt(draft);
    showSaved(draft.message);
  }

  // From now on, the form and the URL are those of the draft, so that reloading opens it.
  function adopt(draft) {
    let version = form.elements.namedItem("version");
    if (!version) {
      version = document.createElement("input");
      version.type = "hidden";
      version.name = "version";
      form.prepend(version);
    }
    version.value = draft.version;
    form.action = draft.action;
    form.dataset.save = draft.save;
    if (window.location.pathname !== draft.address) window.history.replaceState(null, "", draft.address);
    warn(draft.contradictions);
  }

  // Shows contradictions at their fields. They do not prevent submitting.
  function warn(contradictions) {
    for (const place of form.querySelectorAll("[data-contradiction]")) {
      const sentences = contradictions[place.dataset.contradiction] ?? [];
      const lines = sentences.map((sentence) => {
        const [line, check] = [document.createElement("p"), document.createElement("strong")];
        check.textContent = "Check this answer:";
        line.append(check, ` ${sentence} You can still save.`);
        return line;
      });
      if (lines.map((line) => line.textContent).join("") !== place.textContent.trim()) place.replaceChildren(...lines);
    }
  }

  // Sending ----------------------------------------------------------------------

  // A refused form replaces the form on this page, so that Back never leads to a posted page.
  async function send(button) {
    clearTimeout(timer);
    await saving?.catch(() => {});
    const response = await fetch(form.action, { method: "POST", body: body(button), credentials: "same-origin" });
    if (response.redirected && new URL(response.url).pathname === form.dataset.login) {
      showError("Your session has ended", `Sign in again in another tab, then come back and send the form again. ${NOT_SAVED}`);
      return;
    }
    if (response.redirected) {
      unsaved = false;
      const draft = response.url.match(/^.*\/drafts\/[^/?]+(?=\/check)/)?.[0];
      if (draft) window.history.replaceState(null, "", draft); // Back then leads to everything typed
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
      showError(page.querySelector("h1").textContent, `${page.querySelector("h1 + p").textContent} ${outcome}`);
    }
  }

  // Shows an error that is not about an answer. Everything typed stays on the page.
  function showError(heading, detail) {
    const box = document.createElement("div");
    const title = document.createElement("h2");
    const text = document.createElement("p");
    box.className = "govuk-error-summary";
    title.className = "govuk-error-summary__title";
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

  // Opens the earlier assessments of the typed number. Typed answers are saved first.
  async function populate(link) {
    clearTimeout(timer);
    await saving?.catch(() => {});
    if (items().some(isAnswered) && unsaved) await saveDraft();
    const address = new URL(link.href);
    const number = textOf(form.elements.namedItem("offender_number"));
    if (number) address.searchParams.set("number", number);
    if (items().some(isAnswered) && form.dataset.save) address.searchParams.set("draft", window.location.pathname.split("/").pop());
    else unsaved = false;
    window.location.assign(address);
  }

  function onInput(event) {
    setUnsaved(true);
    const item = event.target.closest("[data-item]");
    const unknown = item?.querySelector("[data-unknown]");
    if (unknown?.checked && event.target === unknown) item.querySelector(".number-row .govuk-input").value = "";
    if (Date.now() - lastSeen > KEEP_ALIVE) {
      lastSeen = Date.now();
      fetch(form.dataset.keepAlive, { credentials: "same-origin", cache: "no-store" }).catch(() => {});
    }
    refresh();
    saveSoon();
  }

  function begin() {
    form = document.querySelector("form[data-guarded]");
    const summary = document.getElementById("errors");
    if (summary) summary.focus();
    unsaved = summary !== null;
    stale = form.hasAttribute("data-differs");
    form.addEventListener("input", onInput);
    form.addEventListener("keydown", byKey);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (sending) return;
      sending = true;
      send(event.submitter)
        .catch(() => showError("Your form may not have been saved", `The service did not answer. Send it again: RMS never stores a form twice.`))
        .finally(() => {
          sending = false;
        });
    });
    const link = form.querySelector("[data-populate]");
    link?.addEventListener("click", (event) => {
      event.preventDefault();
      populate(link);
    });
    const print = form.querySelector("[data-print]");
    if (print) print.hidden = false;
    refresh();
    // After this script has run, the browser may restore what was typed before (Back, reload).
    window.addEventListener("pageshow", refresh);
    if (unsaved && !form.hasAttribute("data-submitted")) saveSoon(AT_ONCE); // a refused form is saved too, or a reload would lose it
  }

  begin();
})();
