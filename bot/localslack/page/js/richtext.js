// The rich_text block.

import { h, link } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { formatDate } from "./dates.js";
import { channelMention, groupMention, mention } from "./mrkdwn.js";

export function richText(block) {
  return h("div", { class: "rich-text" }, (block.elements ?? []).map(part));
}

function part(element) {
  switch (element.type) {
    case "rich_text_section":
      return h("div", {}, inline(element.elements));
    case "rich_text_quote":
      return h("blockquote", {}, inline(element.elements));
    case "rich_text_preformatted":
      return h("pre", { class: "code-block" }, inline(element.elements));
    case "rich_text_list":
      return h(
        element.style === "ordered" ? "ol" : "ul",
        { start: element.offset ? element.offset + 1 : null, style: { marginLeft: `${(element.indent ?? 0) * 22}px` } },
        element.elements.map((item) => h("li", {}, inline(item.elements))),
      );
    default:
      return null;
  }
}

const inline = (elements) => (elements ?? []).map(piece);

function piece(element) {
  switch (element.type) {
    case "text":
      return styled(element.text, element.style);
    case "link":
      return styled(link(element.url, element.text || element.url), element.style);
    case "user":
      return mention(element.user_id);
    case "channel":
      return channelMention(element.channel_id);
    case "usergroup":
      return groupMention(element.usergroup_id);
    case "broadcast":
      return h("span", { class: "mention own" }, `@${element.range}`);
    case "emoji":
      return emojiNode(`:${element.name}:`) ?? `:${element.name}:`;
    case "date":
      return h("time", { title: element.fallback }, formatDate(element.timestamp, element.format));
    case "color":
      return h("code", {}, element.value);
    default:
      return null;
  }
}

const TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code", highlight: "mark" };

function styled(content, style = {}) {
  return Object.entries(TAGS).reduce((node, [name, tag]) => (style[name] ? h(tag, {}, node) : node), content);
}
