// The box to write in: Enter sends, Shift+Enter breaks the line, `/` completes commands, `@` and `#` become mentions.

import { h, toast } from "./dom.js";
import { act } from "./api.js";
import { channelName, state } from "./state.js";

export function composer(channel, thread) {
  const label = thread ? "Reply" : `Message ${channel.kind === "im" ? "" : "#"}${channelName(channel)}`;
  const menu = h("ul", { class: "completion", role: "listbox", testid: "command-list", hidden: true });
  const box = h("textarea", { class: "composer-box", rows: "1", placeholder: label, "aria-label": label, testid: thread ? "thread-composer" : "composer" });
  let chosen = 0;

  const complete = (command) => {
    box.value = `${command.command} `;
    menu.hidden = true;
    box.focus();
  };
  const draw = () => {
    const found = matching(box.value);
    chosen = Math.min(chosen, Math.max(0, found.length - 1));
    menu.hidden = !found.length;
    menu.replaceChildren(...found.map((command, place) => option(command, place === chosen, complete)));
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  };
  const send = async () => {
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    draw();
    const command = !thread && text.startsWith("/");
    const body = { user: state.you, channel: channel.id, text: command ? text : encoded(text), ...(thread ? { thread_ts: thread } : {}) };
    const answer = await act(command ? "commands" : "messages", body);
    if (!answer.ok && !command) toast(`Not sent: ${answer.error}`);
  };

  box.addEventListener("input", draw);
  box.addEventListener("keydown", (event) => {
    const found = menu.hidden ? [] : matching(box.value);
    if (found.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      draw();
    } else if (found.length && (event.key === "Tab" || (event.key === "Enter" && box.value !== found[chosen].command))) {
      event.preventDefault();
      complete(found[chosen]);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      menu.hidden = true;
    }
  });
  const button = h("button", { type: "button", class: "button primary send", testid: thread ? "thread-send" : "send", "aria-label": "Send", onclick: send }, "Send");
  return h("div", { class: "composer" }, menu, box, h("div", { class: "composer-bar" }, shortcuts(thread), h("span", { class: "hint" }, "Enter sends, Shift+Enter breaks the line"), button));
}

function shortcuts(thread) {
  if (thread) return null;
  const use = async (shortcut) => {
    const answer = await act("shortcuts", { user: state.you, callback_id: shortcut.callback_id });
    if (!answer.ok) toast(answer.message ?? `This did not work: ${answer.error}`);
  };
  const all = state.app.shortcuts.filter((shortcut) => shortcut.kind === "global");
  return all.map((s) => h("button", { type: "button", class: "button small", testid: "shortcut", onclick: () => use(s) }, `⚡︎ ${s.name}`));
}

function matching(text) {
  return /^\/\S*$/.test(text) ? state.app.commands.filter((command) => command.command.startsWith(text)) : [];
}

function option(command, selected, complete) {
  const take = (event) => {
    event.preventDefault();
    complete(command);
  };
  return h(
    "li",
    { role: "option", "aria-selected": String(selected), testid: "command-option", onmousedown: take },
    h("strong", {}, command.command),
    ` ${command.usage_hint}`,
    h("span", { class: "hint" }, command.description),
  );
}

// Escapes what a person typed, and turns `@ada` and `#general` into mentions, as Slack's own client does.
function encoded(text) {
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return escaped
    .replace(/(^|\s)@([a-z0-9._-]+)/g, (whole, space, name) => {
      const user = [...state.users.values()].find((candidate) => candidate.name === name);
      const group = [...state.groups.values()].find((candidate) => candidate.handle === name);
      if (["here", "channel", "everyone"].includes(name)) return `${space}<!${name}>`;
      return user ? `${space}<@${user.id}>` : group ? `${space}<!subteam^${group.id}>` : whole;
    })
    .replace(/(^|\s)#([a-z0-9_-]+)/g, (whole, space, name) => {
      const channel = [...state.channels.values()].find((candidate) => candidate.name === name);
      return channel ? `${space}<#${channel.id}|${name}>` : whole;
    })
    .replace(/(^|\s)(https?:\/\/[^\s<>]+)/g, "$1<$2>");
}
