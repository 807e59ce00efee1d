// The list of messages, in a channel or in a thread.

import { h, toast } from "./dom.js";
import { act } from "./api.js";
import { blocks } from "./blocks.js";
import { clock, dateOf, day } from "./dates.js";
import { emojiNode } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { personName, state } from "./state.js";

const drawn = new WeakMap();
const SAME_AUTHOR = 300;

// Draws messages into a list, keeping the nodes of those that did not change.
export function drawMessages(list, messages, options) {
  const nodes = [];
  let before = null;
  for (const message of messages) {
    if (!before || day(before.ts) !== day(message.ts)) nodes.push(h("div", { class: "day", role: "separator" }, h("span", {}, day(message.ts))));
    const node = nodeOf(message, options);
    node.classList.toggle("follow", follows(before, message));
    nodes.push(node);
    before = message;
  }
  const follow = atEnd(list) || !list.childElementCount;
  list.replaceChildren(...nodes);
  if (follow) list.scrollTop = list.scrollHeight;
}

// Keeps a list at its end when it becomes narrower or lower, as when a thread opens beside it.
export function stayAtEnd(list) {
  let end = true;
  list.addEventListener("scroll", () => (end = atEnd(list)));
  new ResizeObserver(() => end && (list.scrollTop = list.scrollHeight)).observe(list);
}

const atEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

function nodeOf(message, options) {
  const known = drawn.get(message);
  if (known?.inThread === options.inThread) return known.node;
  const node = messageNode(message, options);
  drawn.set(message, { node, inThread: options.inThread });
  return node;
}

function follows(before, message) {
  if (!before || before.subtype || message.subtype || before.only_for !== message.only_for) return false;
  const sameDay = day(before.ts) === day(message.ts);
  return sameDay && before.user === message.user && before.username === message.username && message.ts - before.ts < SAME_AUTHOR;
}

const NOTICES = new Set(["channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_archive", "channel_name"]);

function messageNode(message, options) {
  const user = state.users.get(message.user);
  const name = message.username ?? personName(message.user);
  const time = h("time", { class: "time", datetime: dateOf(message.ts).toISOString(), title: dateOf(message.ts).toString() }, clock(message.ts));
  const classes = ["message", message.only_for ? "ephemeral" : "", NOTICES.has(message.subtype) ? "notice" : ""].join(" ");
  return h(
    "article",
    { class: classes, testid: "message", "data-ts": message.ts, "data-user": message.user, "aria-label": `${name} ${clock(message.ts)}` },
    avatar(message, user, name),
    h(
      "div",
      { class: "message-main" },
      message.only_for ? h("div", { class: "only-you", testid: "ephemeral-note" }, "Only visible to you") : null,
      pinned(message) ? h("div", { class: "pinned-note" }, "Pinned") : null,
      h("div", { class: "byline" }, h("strong", { class: "author" }, name), user?.is_bot ? h("span", { class: "badge" }, "APP") : null, time),
      h("div", { class: "message-body", testid: "message-body" }, body(message), message.edited ? h("span", { class: "edited" }, " (edited)") : null),
      files(message),
      reactions(message),
      threadLink(message, options),
    ),
    tools(message, options),
  );
}

function avatar(message, user, name) {
  const icon = message.icon_emoji ? emojiNode(message.icon_emoji) : null;
  const color = icon ? "transparent" : `#${/^[0-9a-f]{6}$/i.test(user?.color ?? "") ? user.color : "666666"}`;
  return h("div", { class: "avatar", "aria-hidden": "true", style: { background: color } }, icon ?? name.slice(0, 1).toUpperCase());
}

function body(message) {
  const context = messageContext(message);
  const own = message.blocks?.length ? blocks(message.blocks, context) : message.text ? [h("div", { class: "text", testid: "message-text" }, mrkdwn(message.text))] : [];
  return [own, (message.attachments ?? []).map((attachment) => attachmentNode(attachment, context))];
}

function attachmentNode(attachment, context) {
  const color = /^#?[0-9a-f]{6}$/i.test(attachment.color ?? "") ? `#${attachment.color.replace("#", "")}` : NAMED[attachment.color];
  return h(
    "div",
    { class: "attachment", style: { borderLeftColor: color ?? "" } },
    attachment.pretext ? h("div", {}, mrkdwn(attachment.pretext)) : null,
    attachment.title ? h("strong", {}, attachment.title) : null,
    attachment.text ? h("div", {}, mrkdwn(attachment.text)) : null,
    attachment.blocks ? blocks(attachment.blocks, context) : null,
    !attachment.text && !attachment.blocks && attachment.fallback ? h("div", {}, attachment.fallback) : null,
  );
}

const NAMED = { good: "#2f8f6b", warning: "#c98a1b", danger: "#c0392b" };

function messageContext(message) {
  const place = { user: state.you, channel: message.channel, ts: message.ts };
  return {
    key: message.ts,
    act: (block_id, action_id, value) => act("actions", { ...place, user: state.you, block_id, action_id, value }),
    options: (block_id, action_id, value) => act("options", { ...place, user: state.you, block_id, action_id, value }),
  };
}

function files(message) {
  return (message.files ?? []).map((file) =>
    h("a", { class: "file", href: file.url_private, download: file.name }, h("span", {}, file.title), h("small", {}, ` ${file.size} bytes`)),
  );
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map((reaction) => {
      const mine = reaction.users.includes(state.you);
      const toggle = () => tell("reactions", { channel: message.channel, ts: message.ts, name: reaction.name, remove: mine });
      const title = reaction.users.map(personName).join(", ");
      return h("button", { type: "button", class: `reaction ${mine ? "mine" : ""}`, title, onclick: toggle, testid: "reaction" }, emojiNode(`:${reaction.name}:`) ?? `:${reaction.name}:`, ` ${reaction.count}`);
    }),
  );
}

function threadLink(message, { inThread, openThread }) {
  if (inThread) return null;
  if (message.thread_ts && message.thread_ts !== message.ts) return h("button", { type: "button", class: "link", onclick: () => openThread(message.thread_ts) }, "replied to a thread");
  if (!message.reply_count) return null;
  const label = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  return h("button", { type: "button", class: "link", testid: "thread-link", onclick: () => openThread(message.ts) }, label);
}

function tools(message, { inThread, openThread }) {
  const place = { channel: message.channel, ts: message.ts };
  const tool = (label, symbol, run) => h("button", { type: "button", class: "quiet", "aria-label": label, title: label, onclick: run }, symbol);
  if (message.only_for) return h("div", { class: "tools" }, tool("Dismiss", "✕", () => tell("messages/delete", place)));
  const shortcuts = state.app.shortcuts.filter((shortcut) => shortcut.kind === "message");
  return h(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Message actions" },
    tool("Add a thumbs up", "+", () => tell("reactions", { ...place, name: "+1" })),
    inThread ? null : tool("Reply in thread", "↳", () => openThread(message.thread_ts ?? message.ts)),
    tool(pinned(message) ? "Unpin" : "Pin", "⚲", () => tell(pinned(message) ? "messages/unpin" : "messages/pin", place)),
    shortcuts.map((s) => tool(s.name, s.name, () => tell("shortcuts", { ...place, callback_id: s.callback_id }))),
  );
}

function pinned(message) {
  return state.channels.get(message.channel)?.pins.includes(message.ts);
}

async function tell(path, body) {
  const answer = await act(path, { user: state.you, ...body });
  if (!answer.ok) toast(answer.message ?? `This did not work: ${answer.error}`);
}
