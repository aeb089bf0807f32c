// The input form: counts, marks, keys, drafts kept while somebody types. The form works without it.
"use strict";

(() => {
  const KEEP_ALIVE = 5 * 60 * 1000;
  const PAUSE = 1500; // after the last key, before what is typed is kept
  const AT_ONCE = 50; // when the request that was refused is over
  const NOT_SAVED = "Nothing was saved.";
  // A reply may be lost, or fail, after the answers are on disk.
  const MAYBE_SAVED = "Your form may not have been saved. Save it again: RMS never stores it twice.";
  let form = null;
  let unsaved = false; // typed, and neither submitted nor kept as a draft
  let sending = false;
  let stale = false; // the draft was changed somewhere else: nothing more is kept by itself
  let keeping = null; // the request under way that keeps the draft
  let waiting = null;
  let lastSeen = Date.now();

  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  const items = () => [...form.querySelectorAll("[data-item]")];
  const textOf = (box) => box?.value.trim() ?? "";

  function isAnswered(item) {
    return item.querySelector("[type=radio]:checked, [data-unknown]:checked") !== null || textOf(item.querySelector(".number-row .govuk-input")) !== "";
  }

  // What an item says, in the words in which it is told.
  function told(item) {
    const chosen = item.querySelector("[type=radio]:checked, [data-unknown]:checked");
    if (chosen?.value === "?") return `unknown: ${textOf(item.querySelector(".reason input")) || "no reason given"}`;
    return chosen?.dataset.text ?? textOf(item.querySelector(".number-row .govuk-input"));
  }

  // How far it has got, in all and for each part.
  function count() {
    const all = items();
    document.querySelector("[data-progress]").textContent = `${all.filter(isAnswered).length} of ${all.length} answered`;
    for (const shown of document.querySelectorAll("[data-count]")) {
      const section = all.filter((item) => item.closest("section").id === shown.dataset.count);
      shown.textContent = `${section.filter(isAnswered).length}/${section.length}`;
    }
  }

  // What differs from the assessment the form started from. `data-was` holds its fields.
  function markChanges() {
    const list = document.querySelector("[data-changes]");
    if (!list) return;
    const lines = [];
    for (const item of items()) {
      const state = item.querySelector("[data-state]");
      const said = new Map();
      for (const one of item.querySelectorAll("input:not([data-seen])")) {
        if (/radio|checkbox/.test(one.type) ? one.checked : textOf(one) !== "") said.set(one.name, textOf(one));
      }
      const was = new Map(Object.entries(JSON.parse(state.dataset.was)));
      const same = said.size === was.size && [...was].every(([name, value]) => said.get(name) === value);
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
    text.textContent = `${before || "not answered"} → ${told(item) || "not answered"}`;
    entry.append(link, " ", text);
    return entry;
  }

  function refresh() {
    count();
    markChanges();
  }

  // Keys ---------------------------------------------------------------------

  // Where Enter stops: each field that is typed into, and of radio buttons the chosen one or else the first.
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
    if (before && seen && box.type === "radio") seen.checked = true; // the answer that stands, said again
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

  // Said aloud only where it is news.
  function tellKept(text) {
    const place = document.querySelector("[data-saved]");
    if (place.textContent !== text) place.textContent = text;
  }

  // The time that is told stands for what is on the page, or for what was there before the last keys.
  function setUnsaved(is) {
    unsaved = is;
    document.querySelector("[data-saved]").toggleAttribute("data-current", !is);
  }

  function body(submitter) {
    return new URLSearchParams(new FormData(form, submitter));
  }

  function keepSoon(pause = PAUSE) {
    clearTimeout(waiting);
    if (form.dataset.begin && !stale) waiting = setTimeout(keep, pause);
  }

  async function keep() {
    if (keeping || sending || !unsaved || stale) return;
    const said = String(body());
    keeping = kept(said);
    try {
      await keeping;
      if (String(body()).replace(/&?version=\d+/, "") === said.replace(/&?version=\d+/, "")) setUnsaved(false);
      else keepSoon();
    } catch (problem) {
      tellKept(problem.message);
    } finally {
      keeping = null;
    }
  }

  async function kept(said) {
    const address = form.dataset.save ?? form.dataset.begin;
    const response = await fetch(address, { method: "POST", body: new URLSearchParams(said), credentials: "same-origin" }).catch(() => {
      keepSoon();
      throw new Error("Not saved: the service did not answer. RMS will try again.");
    });
    if (response.redirected || [401, 403].includes(response.status)) throw new Error("Not saved: your session has ended. Sign in again in another tab. Your entries stay on this page.");
    if (response.status === 412) {
      stale = true;
      throw new Error("Not saved: this draft was changed in another tab or on another device. Save to compare both versions.");
    }
    if (response.status === 404) stale = true; // submitted or deleted elsewhere; saving tells
    if (!response.ok) {
      const told = response.headers.get("Content-Type")?.includes("json") ? (await response.json()).detail : "The service failed.";
      throw new Error(`Not saved: ${told}`);
    }
    lastSeen = Date.now();
    const draft = await response.json();
    adopt(draft);
    tellKept(draft.message);
  }

  // From now on the form is that of the draft, and so is the address: reloading leads to it.
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

  // What does not fit together is told at its fields, and holds nothing up.
  function warn(contradictions) {
    for (const place of form.querySelectorAll("[data-contradiction]")) {
      const sentences = contradictions[place.dataset.contradiction] ?? [];
      const lines = sentences.map((sentence) => {
        const [line, check] = [document.createElement("p"), document.createElement("strong")];
        check.textContent = "Check this answer:";
        line.append(check, ` ${sentence} You can save all the same.`);
        return line;
      });
      if (lines.map((line) => line.textContent).join("") !== place.textContent.trim()) place.replaceChildren(...lines);
    }
  }

  // Sending ----------------------------------------------------------------------

  // A refused form is shown in its own place, so that Back never leads to a page that was posted.
  async function send(button) {
    clearTimeout(waiting);
    await keeping?.catch(() => {});
    const response = await fetch(form.action, { method: "POST", body: body(button), credentials: "same-origin" });
    if (response.redirected && new URL(response.url).pathname === form.dataset.login) {
      tell("Your session has ended", `Sign in again in another tab, then come back and save. ${NOT_SAVED}`);
      return;
    }
    if (response.redirected) {
      unsaved = false;
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
      tell(page.querySelector("h1").textContent, `${page.querySelector("h1 + p").textContent} ${outcome}`);
    }
  }

  // Something other than the answers is wrong: what was typed stays where it is.
  function tell(heading, detail) {
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

  // To the earlier assessments of the number that is typed; whatever else is typed is kept first.
  async function populate(link) {
    clearTimeout(waiting);
    await keeping?.catch(() => {});
    if (items().some(isAnswered) && unsaved) await keep();
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
    keepSoon();
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
        .catch(() => tell("Your form may not have been saved", `The service did not answer. Save again: RMS never stores a form twice.`))
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
    // The browser may put back what was typed before (Back, reload) after this has run.
    window.addEventListener("pageshow", refresh);
    if (unsaved && !form.hasAttribute("data-submitted")) keepSoon(AT_ONCE); // what was refused is kept as well: a reload would lose it
  }

  begin();
})();
