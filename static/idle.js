// Warns before a session ends, and says when it has; nothing that was typed is ever taken away.
// All tabs of one browser share a session: when it ends is kept where each of them sees it.
"use strict";

(() => {
  const dialog = document.getElementById("idle");
  if (!dialog || !dialog.showModal) return;

  const SHARED = "rms-session";
  const WARNING = 2 * 60 * 1000;
  const STEPS = [120, 90, 60, 30, 15, 5]; // seconds that are said aloud
  const { user, alive } = dialog.dataset;
  const ended = document.getElementById("idle-ended");
  const status = document.getElementById("idle-status");
  const shown = dialog.querySelector("[data-count-down]");
  const length = Number(dialog.dataset.left) * 1000;
  const warning = Math.min(WARNING, length / 2);
  let ends = Date.now() + length;
  let asked = Date.now();
  let said = Infinity;

  function share() {
    try {
      localStorage.setItem(SHARED, JSON.stringify({ user, ends }));
    } catch {
      // A browser that keeps nothing: each tab then knows what itself has asked for.
    }
  }

  function lasts(left) {
    asked = Date.now();
    ends = asked + left * 1000;
    share();
    tick();
  }

  // Asking is what keeps the session alive; a session that has ended leads to the login instead.
  async function keepAlive() {
    asked = Date.now();
    const answer = await fetch(alive, { cache: "no-store", credentials: "same-origin", redirect: "manual" });
    if (answer.ok) lasts((await answer.json()).left);
    else if (answer.type === "opaqueredirect") lasts(0);
  }

  function inWords(seconds) {
    const minutes = Math.floor(seconds / 60);
    const rest = seconds % 60;
    const parts = [];
    if (minutes) parts.push(`${minutes} minute${minutes === 1 ? "" : "s"}`);
    if (rest || !minutes) parts.push(`${rest} second${rest === 1 ? "" : "s"}`);
    return parts.join(" ");
  }

  // A figure that changes each second must not be read out each second.
  function announce(seconds) {
    const step = STEPS.filter((one) => one >= seconds).pop();
    if (step === undefined || step >= said) return;
    said = step;
    status.textContent = `You will be signed out in ${inWords(seconds)}.`;
  }

  function tick() {
    const left = ends - Date.now();
    if (left <= 0) {
      if (dialog.open) dialog.close();
      if (ended.hidden) status.textContent = "Your session has ended. Your entries are still on this page.";
      ended.hidden = false;
      return;
    }
    if (!ended.hidden) status.textContent = "You are signed in again.";
    ended.hidden = true;
    if (left > warning) {
      said = Infinity;
      if (dialog.open) dialog.close();
      return;
    }
    const seconds = Math.ceil(left / 1000);
    shown.textContent = inWords(seconds);
    if (!dialog.open) dialog.showModal();
    announce(seconds);
  }

  // Typing is working: long before the warning it keeps the session alive, now and then.
  function worked() {
    if (!dialog.open && ends > Date.now() && Date.now() - asked > length / 6) keepAlive().catch(() => {});
  }

  dialog.querySelector("[data-stay]").addEventListener("click", () => keepAlive().catch(() => {}));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    keepAlive().catch(() => {});
  });
  window.addEventListener("storage", (event) => {
    if (event.key !== SHARED || !event.newValue) return;
    const other = JSON.parse(event.newValue);
    ends = other.user === user ? other.ends : 0; // somebody else signed in: this page is no longer theirs
    tick();
  });
  document.querySelector("form.who")?.addEventListener("submit", () => {
    ends = 0;
    share();
  });
  for (const kind of ["input", "keydown", "pointerdown"]) document.addEventListener(kind, worked);
  document.addEventListener("visibilitychange", tick);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) keepAlive().catch(() => {}); // Back: what this page knew is old
  });

  setTimeout(share); // asking what the tabs share takes a browser longer than to draw most pages
  tick();
  setInterval(tick, 1000);
})();
