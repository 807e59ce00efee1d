// Draws Block Kit. `context` says where a block stands: `act(blockId, actionId, value, element)` and `inputs` in a modal.

import { h, safeUrl } from "./dom.js";
import { mrkdwn, plainText } from "./mrkdwn.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";
import { element } from "./elements.js";

export function textNodes(text) {
  if (!text) return [];
  return text.type === "mrkdwn" ? mrkdwn(text.text) : plainText(text.text);
}

export function blocks(list, context) {
  return list.map((block) => {
    const draw = DRAW[block.type] ?? opaque;
    const node = draw(block, context);
    node.classList.add("block", `block-${block.type}`);
    node.dataset.blockId = block.block_id ?? "";
    node.dataset.testid = `block-${block.type}`;
    return node;
  });
}

const DRAW = {
  section,
  header: (block) => h("div", { role: "heading", "aria-level": "3" }, plainText(block.text.text)),
  divider: () => h("hr"),
  context: (block) => h("div", {}, block.elements.map(contextElement)),
  actions: (block, context) => h("div", { role: "group" }, block.elements.map((e) => element(e, block, context))),
  image: (block) =>
    h("figure", {}, block.title ? h("figcaption", {}, plainText(block.title.text)) : null, image(block, "picture")),
  input,
  rich_text: richText,
  markdown: (block) => h("div", {}, markdown(block.text)),
  table,
};

function section(block, context) {
  const body = h("div", { class: "section-body" });
  if (block.text) body.append(h("div", { class: "section-text" }, textNodes(block.text)));
  if (block.fields) {
    body.append(h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "field" }, textNodes(field)))));
  }
  const accessory = block.accessory
    ? h("div", { class: "accessory" }, block.accessory.type === "image" ? image(block.accessory, "thumb") : element(block.accessory, block, context))
    : null;
  return h("div", {}, body, accessory);
}

function contextElement(item) {
  return item.type === "image" ? image(item, "tiny") : h("span", {}, textNodes(item));
}

function image(source, kind) {
  const src = safeUrl(source.image_url ?? source.slack_file?.url ?? "");
  return h("img", { class: kind, src, alt: source.alt_text, loading: "lazy" });
}

function input(block, context) {
  const id = `field-${context.key}-${block.block_id}`;
  const control = element(block.element, block, { ...context, fieldId: id });
  const label = h("label", { for: id }, plainText(block.label.text), block.optional ? h("span", { class: "optional" }, " (optional)") : null);
  const hint = block.hint ? h("div", { class: "hint" }, plainText(block.hint.text)) : null;
  return h("div", {}, label, control, hint, h("div", { class: "field-error", testid: "field-error", role: "alert" }));
}

function table(block) {
  const settings = block.column_settings ?? [];
  const cell = (content, column, tag) =>
    h(
      tag,
      { style: { textAlign: settings[column]?.align ?? "left", whiteSpace: settings[column]?.is_wrapped ? "normal" : "nowrap" } },
      content.type === "rich_text" ? richText(content) : plainText(content.text ?? content.value ?? ""),
    );
  const [head, ...rest] = block.rows;
  const row = (cells, tag) => h("tr", {}, cells.map((content, column) => cell(content, column, tag)));
  return h("div", { class: "table-scroll" }, h("table", { class: "table" }, h("thead", {}, row(head, "th")), h("tbody", {}, rest.map((cells) => row(cells, "td")))));
}

function opaque(block) {
  return h("div", { class: "opaque" }, block.title?.text ? `${block.title.text} ` : "", `[${block.type}]`);
}
