// Starts the page: loads the workspace as one user sees it, follows its changes, and draws what they touch.

import { act, read } from "./api.js";
import { drawChannel, drawFoot, drawHeader, drawHome, openChannel, reveal } from "./channel.js";
import { toast } from "./dom.js";
import { drawModal } from "./modal.js";
import { drawPeople, drawSidebar } from "./sidebar.js";
import { apply, load, loadMessages, messagesOf, state } from "./state.js";
import { drawThread } from "./thread.js";

let stream = null;
let loads = 0; // how much is being loaded
let held = []; // changes that arrive meanwhile, applied after it

// Loads something, and only then applies what changed in the meantime, so that no change is overwritten.
async function loading(load) {
  loads += 1;
  try {
    await load();
  } finally {
    loads -= 1;
    if (!loads) {
      const changes = held;
      held = [];
      changes.forEach((change) => draw(apply(change)));
    }
  }
}

let pressed = false; // while a pointer is down, what it is on stays: a click on an element that was replaced is lost
const waiting = new Set(); // what to draw as soon as it is up again

function hold() {
  pressed = true;
}

function release() {
  // After this turn: the click comes right behind the pointer's release, and is for what was pressed.
  setTimeout(() => {
    pressed = false;
    const due = [...waiting];
    waiting.clear();
    due.forEach(draw);
  });
}

let latest = 0; // the last change of the user

// Until another user's view is there, nobody can press what was drawn for the one before.
function become(user) {
  const change = ++latest;
  const current = () => change === latest;
  return loading(async () => {
    busy(true);
    try {
      await enter(user, current);
    } finally {
      if (current()) busy(false);
    }
  });
}

function busy(is) {
  ["main", "thread", "overlays"].forEach((part) => (document.getElementById(part).inert = is));
  document.getElementById("app").ariaBusy = is;
}

const choose = (place) => loading(() => show(place));

async function enter(user, current) {
  await follow(user);
  const snapshot = await read("state", { user });
  if (!current()) return;
  if (!snapshot.ok) {
    toast(`The workspace did not answer: ${snapshot.error}`);
    if (!state.you || user === state.you) return undefined;
    drawPeople(become); // one still acts as before, so the list says so
    return become(state.you);
  }
  load(snapshot);
  sessionStorage.setItem("user", state.you);
  state.messages.clear();
  const views = await read("views", { user: state.you });
  if (!current()) return;
  Object.assign(state, { views: views.stack ?? [], home: views.home, thread: null });
  drawPeople(become);
  drawModal();
  await show(state.place || firstPlace());
}

function firstPlace() {
  const named = /^\/archives\/([^/]+)/.exec(location.pathname)?.[1];
  if (named && state.channels.has(named)) return named;
  return [...state.channels.values()].find((channel) => channel.is_general)?.id ?? [...state.channels.keys()][0];
}

async function show(place) {
  state.place = place === "home" || state.channels.has(place) ? place : firstPlace();
  state.thread = null;
  if (state.place === "home") {
    await act("home", { user: state.you });
    drawHome();
  } else {
    const chosen = state.place;
    const found = await read(`channels/${chosen}/messages`, { user: state.you });
    loadMessages(chosen, found.messages ?? []);
    if (state.place !== chosen) return; // another one was chosen meanwhile
    const address = `/archives/${chosen}`;
    if (!location.pathname.startsWith(`${address}/`)) history.replaceState(null, "", address);
    openChannel(state.channels.get(state.place), openThread);
    markRead();
    const asked = /\/p(\d+)(\d{6})$/.exec(location.pathname);
    if (asked) reveal(`${asked[1]}.${asked[2]}`);
  }
  drawSidebar(choose);
  drawThread(closeThread);
}

function openThread(ts) {
  state.thread = ts;
  drawThread(closeThread);
}

function closeThread() {
  state.thread = null;
  drawThread(closeThread);
}

// Follows the changes that a user may see; resolves once the stream is open, before anything is loaded.
function follow(user) {
  stream?.close();
  let broken = false;
  const opened = new EventSource(`/local/stream?user=${encodeURIComponent(user)}`);
  stream = opened;
  opened.onmessage = (event) => {
    const change = JSON.parse(event.data);
    if (loads) held.push(change);
    else draw(apply(change));
  };
  return new Promise((resolve) => {
    opened.onerror = () => {
      broken = true;
      resolve();
    };
    opened.onopen = () => {
      resolve();
      if (broken) become(state.you); // what was missed meanwhile is loaded afresh
    };
  });
}

function draw(what) {
  if (pressed) return waiting.add(what);
  if (what === "views") drawModal();
  if (what === "home" && state.place === "home") drawHome();
  if (what === "sidebar" || what === "channel") drawSidebar(choose);
  if (what === "channel") {
    drawHeader();
    drawFoot();
  }
  if (what === "messages" || what === "channel") {
    drawChannel(openThread);
    drawThread(closeThread);
  }
  if (what === "messages") markRead();
}

// The open channel is read up to its last message as soon as the page shows it.
function markRead() {
  const channel = state.channels.get(state.place);
  const last = messagesOf(state.place).at(-1);
  if (!channel?.members.includes(state.you) || !last || state.read === `${state.you} ${channel.id} ${last.ts}`) return;
  state.read = `${state.you} ${channel.id} ${last.ts}`;
  if (channel.unread || last.user !== state.you) act("read", { user: state.you, channel: channel.id, ts: last.ts });
}

function theme() {
  const root = document.documentElement;
  root.dataset.theme = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  document.getElementById("theme-toggle").onclick = () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  };
}

document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-channel-link]");
  if (target && state.channels.has(target.dataset.channelLink)) {
    event.preventDefault();
    choose(target.dataset.channelLink);
  }
});

addEventListener("pointerdown", hold, true);
["pointerup", "pointercancel", "dragend"].forEach((ending) => addEventListener(ending, release, true));
addEventListener("blur", release); // the window's own: the pointer may come up elsewhere
// Or where no page hears of it, such as over the list of a select: the next move says that nothing is pressed.
addEventListener("pointermove", (event) => pressed && !event.buttons && release(), true);

theme();
become(new URLSearchParams(location.search).get("user") ?? sessionStorage.getItem("user") ?? "");
