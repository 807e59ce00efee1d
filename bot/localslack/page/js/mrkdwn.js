// Slack's mrkdwn as DOM nodes: a small parser that cuts the text into quotes, code, mentions and styled spans.

import { h, link } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { formatDate } from "./dates.js";
import { personName, state } from "./state.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
export const unescape = (text) => text.replace(/&(lt|gt|amp);/g, (entity) => ENTITIES[entity]);

export function mrkdwn(text) {
  const nodes = [];
  for (const [index, part] of String(text).split("```").entries()) {
    if (index % 2 === 1) nodes.push(h("pre", { class: "code-block" }, unescape(part.replace(/^\n/, ""))));
    else nodes.push(...lines(part));
  }
  return nodes;
}

export function plainText(text) {
  return withEmoji(String(text));
}

function lines(text) {
  const nodes = [];
  let quote = null;
  for (const [index, line] of text.split("\n").entries()) {
    const quoted = /^(&gt;|>) ?(.*)$/s.exec(line);
    if (quoted) {
      if (!quote) nodes.push((quote = h("blockquote")));
      else quote.append(h("br"));
      quote.append(...inline(quoted[2]));
    } else {
      if (index > 0 && !quote) nodes.push(h("br"));
      quote = null;
      nodes.push(...inline(line));
    }
  }
  return nodes;
}

const PIECE = /`([^`\n]+)`|<([^<>]+)>|(https?:\/\/[^\s<>`*]*[^\s<>`*_~.,;:!?)'"])/;
const STYLES = [
  [/(^|[\s([{"'.,;:!?_~-])\*(?=\S)([^*\n]*?\S)\*(?=$|[\s)\]}"'.,;:!?_~-])/, "strong"],
  [/(^|[\s([{"'.,;:!?*~-])_(?=\S)([^_\n]*?\S)_(?=$|[\s)\]}"'.,;:!?*~-])/, "em"],
  [/(^|[\s([{"'.,;:!?*_-])~(?=\S)([^~\n]*?\S)~(?=$|[\s)\]}"'.,;:!?*_-])/, "s"],
];

// Styles span over mentions and links, so each of these is first put aside under a private character.
function inline(text) {
  const kept = [];
  let rest = text;
  for (let match = PIECE.exec(rest); match; match = PIECE.exec(rest)) {
    kept.push(match[1] !== undefined ? h("code", {}, unescape(match[1])) : angle(match[2] ?? match[3]));
    rest = rest.slice(0, match.index) + String.fromCharCode(0xe000 + kept.length - 1) + rest.slice(match.index + match[0].length);
  }
  return styled(rest, kept);
}

function styled(text, kept) {
  for (const [pattern, tag] of STYLES) {
    const match = pattern.exec(text);
    if (match) {
      const start = match.index + match[1].length;
      const before = text.slice(0, start);
      const after = text.slice(match.index + match[0].length);
      return [...styled(before, kept), h(tag, {}, ...styled(match[2], kept)), ...styled(after, kept)];
    }
  }
  return text.split(/([\ue000-\uf8ff])/).flatMap((part) => {
    const place = part.length === 1 ? part.charCodeAt(0) - 0xe000 : -1;
    return place >= 0 && place < kept.length ? [kept[place]] : withEmoji(unescape(part));
  });
}

function withEmoji(text) {
  return text.split(/(:[a-z0-9_+'-]+:)/).map((part) => emojiNode(part) ?? part).filter((part) => part !== "");
}

function angle(inside) {
  const [target, ...labels] = inside.split("|");
  const label = labels.join("|");
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelMention(target.slice(1), label);
  if (target.startsWith("!")) return special(target.slice(1), label);
  if (!/^(https?:|mailto:|tel:)/i.test(target)) return h("span", {}, `<${unescape(inside)}>`);
  return link(unescape(target), ...(label ? withEmoji(unescape(label)) : [unescape(target.replace(/^mailto:/, ""))]));
}

export function mention(id, label = "") {
  const own = id === state.you ? " own" : "";
  return h("span", { class: `mention${own}`, "data-user-id": id }, `@${state.users.has(id) ? personName(id) : label || id}`);
}

export function channelMention(id, label = "") {
  const name = state.channels.get(id)?.name ?? label ?? id;
  return h("a", { class: "mention", href: `/archives/${encodeURIComponent(id)}`, "data-channel-link": id }, `#${name || id}`);
}

export function special(target, label) {
  const [kind, ...parts] = target.split("^");
  if (kind === "date") {
    const text = formatDate(parts[0], parts[1] ?? label);
    const node = h("time", { title: label, datetime: new Date(Number(parts[0]) * 1000).toISOString() }, text);
    return parts[2] ? link(parts[2], node) : node;
  }
  if (kind === "subteam") return groupMention(parts[0], label);
  return h("span", { class: "mention own" }, label || `@${kind}`);
}

export function groupMention(id, label = "") {
  const group = state.groups.get(id);
  return h("span", { class: "mention" }, group ? `@${group.handle}` : label || id);
}
