// The middle of the page: a channel's header, its messages and the box to write in; or the app's home tab.

import { h, link, toast } from "./dom.js";
import { act } from "./api.js";
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { emojiNode } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { drawMessages, stayAtEnd } from "./messages.js";
import { channelName, messagesOf, state } from "./state.js";

export function openChannel(channel, openThread) {
  const header = h("header", { class: "channel-header" });
  const list = h("div", { class: "messages", id: "messages", testid: "messages", role: "log", "aria-label": "Messages" });
  const foot = h("div", { class: "foot", id: "foot" });
  document.getElementById("main").replaceChildren(header, list, foot);
  foot.dataset.for = "";
  drawHeader();
  drawFoot();
  drawChannel(openThread);
  list.scrollTop = list.scrollHeight;
  stayAtEnd(list);
}

export function drawHeader() {
  const channel = state.channels.get(state.place);
  const header = document.querySelector(".channel-header");
  if (!channel || !header) return;
  const sign = channel.kind === "public" ? "#" : "";
  header.replaceChildren(
    h(
      "div",
      { class: "channel-line" },
      h("h1", { testid: "channel-title" }, `${sign}${channelName(channel)}`),
      channel.topic.value ? h("div", { class: "topic", testid: "channel-topic", title: channel.topic.value }, mrkdwn(channel.topic.value)) : null,
      h("span", { class: "count", title: "Members", testid: "member-count" }, `${channel.members.length} ${channel.members.length === 1 ? "member" : "members"}`),
    ),
    channel.pins.length || channel.bookmarks.length ? marks(channel) : "",
  );
}

function marks(channel) {
  const bookmark = (b) => h("span", { class: "bookmark", testid: "bookmark" }, b.emoji ? [emojiNode(b.emoji) ?? "", " "] : null, link(b.link, b.title));
  return h(
    "div",
    { class: "marks", testid: "bookmarks" },
    channel.pins.length ? h("button", { type: "button", class: "link", testid: "pins", onclick: () => reveal(channel.pins[0]) }, `${channel.pins.length} pinned`) : null,
    channel.bookmarks.map(bookmark),
  );
}

export function reveal(ts) {
  const node = document.querySelector(`.messages [data-ts="${CSS.escape(ts)}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.classList.add("flash");
  setTimeout(() => node?.classList.remove("flash"), 1500);
}

export function drawFoot() {
  const channel = state.channels.get(state.place);
  const foot = document.getElementById("foot");
  if (!channel || !foot) return;
  const kind = channel.is_archived ? "archived" : channel.members.includes(state.you) ? "member" : "visitor";
  const key = `${channel.id} ${kind} ${state.you}`;
  if (foot.dataset.for === key) return;
  foot.dataset.for = key;
  if (kind === "archived") foot.replaceChildren(h("div", { class: "notice-bar" }, "This channel is archived."));
  else if (kind === "visitor") foot.replaceChildren(joinBar(channel));
  else foot.replaceChildren(composer(channel, null));
}

function joinBar(channel) {
  const join = async () => {
    const answer = await act(`channels/${channel.id}/join`, { user: state.you });
    if (!answer.ok) toast(`You could not join: ${answer.error}`);
  };
  return h("div", { class: "notice-bar" }, `You are looking at #${channel.name}. `, h("button", { type: "button", class: "button primary", testid: "join", onclick: join }, "Join channel"));
}

export function drawChannel(openThread) {
  const list = document.getElementById("messages");
  if (!list) return;
  const shown = messagesOf(state.place).filter((m) => !m.thread_ts || m.thread_ts === m.ts || m.broadcast);
  drawMessages(list, shown, { inThread: false, openThread });
}

export function drawHome() {
  const view = state.home;
  const context = view && {
    key: view.id,
    act: (block_id, action_id, value) => act("actions", { user: state.you, view_id: view.id, block_id, action_id, value }),
    options: (block_id, action_id, value) => act("options", { user: state.you, view_id: view.id, block_id, action_id, value }),
  };
  document.getElementById("main").replaceChildren(
    h("header", { class: "channel-header" }, h("div", { class: "channel-line" }, h("h1", { testid: "channel-title" }, state.app.name))),
    h("div", { class: "home", testid: "home-tab" }, view ? blocks(view.blocks, context) : h("p", { class: "hint" }, "The app has not published a home tab for you.")),
  );
}
