"use strict";
// Keeps the page fresh: asks for it again every few seconds and replaces what changed. Whoever is selecting
// text or has the page in the background is left alone; what was unfolded stays unfolded.
const EVERY_MS = 5000;
const fresh = document.getElementById("fresh");

function busy() {
  const selection = getSelection();
  return document.hidden || (selection !== null && !selection.isCollapsed) ||
    document.activeElement?.closest("main form") != null;
}

function replaceMain(page) {
  const main = document.getElementById("main");
  const incoming = page.getElementById("main");
  const open = new Set([...main.querySelectorAll("details[open]")].map((one) => one.id));
  for (const one of incoming.querySelectorAll("details")) one.open = open.has(one.id);
  if (main.innerHTML !== incoming.innerHTML) main.replaceWith(incoming);
}

async function refresh() {
  if (busy()) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return location.reload(); // the session has ended
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (busy()) return;
    replaceMain(page);
    fresh.textContent = page.getElementById("fresh").textContent;
    fresh.classList.remove("stale");
  } catch {
    if (!fresh.classList.contains("stale")) fresh.textContent = `not updated since ${fresh.textContent}`;
    fresh.classList.add("stale");
  }
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
