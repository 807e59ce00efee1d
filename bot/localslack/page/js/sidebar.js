// The list of channels, direct messages and the app; and who one acts as.

import { h } from "./dom.js";
import { channelName, state } from "./state.js";

export function drawSidebar(choose) {
  document.getElementById("team-name").textContent = state.team.name;
  const all = [...state.channels.values()];
  const rooms = all.filter((c) => !["im", "mpim"].includes(c.kind) && !c.is_archived).sort(byName);
  const closed = all.filter((c) => c.is_archived).sort(byName);
  const talks = all.filter((c) => ["im", "mpim"].includes(c.kind));
  document.getElementById("sidebar").replaceChildren(
    group("Channels", rooms.map((channel) => entry(channel, choose))),
    talks.length ? group("Direct messages", talks.map((channel) => entry(channel, choose))) : "",
    group("Apps", [appEntry(choose)]),
    closed.length ? group("Archived", closed.map((channel) => entry(channel, choose))) : "",
  );
}

export function drawPeople(change) {
  const select = document.getElementById("act-as");
  const people = [...state.users.values()].filter((user) => !user.is_bot);
  select.replaceChildren(...people.map((user) => h("option", { value: user.id, selected: user.id === state.you }, user.real_name)));
  select.onchange = () => change(select.value);
}

const byName = (a, b) => a.name.localeCompare(b.name, "en", { numeric: true });

function group(title, entries) {
  return h("section", {}, h("h2", {}, title), h("ul", {}, entries));
}

function entry(channel, choose) {
  const chosen = state.place === channel.id;
  const sign = channel.kind === "public" ? "#" : channel.kind === "private" ? "🔒︎" : "●";
  const unread = channel.unread && !chosen ? h("span", { class: "unread", testid: "unread", "aria-label": `${channel.unread} unread` }, String(channel.unread)) : null;
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: `entry ${unread ? "has-unread" : ""} ${channel.is_archived ? "archived" : ""}`,
        "aria-current": chosen ? "page" : null,
        testid: `channel-${channel.name || channel.id}`,
        "data-channel-id": channel.id,
        onclick: () => choose(channel.id),
      },
      h("span", { class: "sign" }, sign),
      h("span", { class: "entry-name" }, channelName(channel)),
      unread,
    ),
  );
}

function appEntry(choose) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "entry", "aria-current": state.place === "home" ? "page" : null, testid: "app-home", onclick: () => choose("home") },
      h("span", { class: "sign" }, "⬡"),
      h("span", { class: "entry-name" }, state.app.name),
    ),
  );
}
