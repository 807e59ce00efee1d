// The pane beside the channel that shows one thread.

import { h } from "./dom.js";
import { composer } from "./composer.js";
import { drawMessages } from "./messages.js";
import { channelName, messagesOf, state } from "./state.js";

export function drawThread(close) {
  const pane = document.getElementById("thread");
  const channel = state.channels.get(state.place);
  pane.hidden = !state.thread || !channel;
  if (pane.hidden) {
    pane.dataset.for = "";
    pane.replaceChildren();
    return;
  }
  const key = `${channel.id} ${state.thread} ${state.you}`;
  if (pane.dataset.for !== key) {
    pane.dataset.for = key;
    const shut = h("button", { type: "button", class: "quiet", "aria-label": "Close thread", testid: "thread-close", onclick: close }, "✕");
    pane.replaceChildren(
      h("header", { class: "channel-header" }, h("div", { class: "channel-line" }, h("h1", {}, "Thread"), h("span", { class: "topic" }, channelName(channel)), shut)),
      h("div", { class: "messages", testid: "thread-messages", role: "log", "aria-label": "Thread" }),
      h("div", { class: "foot" }, channel.is_archived ? "" : composer(channel, state.thread)),
    );
  }
  const replies = messagesOf(channel.id).filter((m) => m.ts === state.thread || m.thread_ts === state.thread);
  drawMessages(pane.querySelector(".messages"), replies, { inThread: true });
}
