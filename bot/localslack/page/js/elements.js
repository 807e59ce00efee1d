// Draws the interactive elements. Outside of a modal's inputs, using one tells the app at once.

import { h, safeUrl, toast } from "./dom.js";
import { plainText, mrkdwn } from "./mrkdwn.js";
import { confirmed } from "./confirm.js";
import { channelName, state } from "./state.js";

export function element(item, block, context) {
  const draw = DRAW[item.type] ?? ((other) => h("span", { class: "opaque" }, `[${other.type}]`));
  const node = draw(item, block, context);
  node.dataset.actionId = item.action_id ?? "";
  if (context.fieldId && !node.id) node.id = context.fieldId;
  return node;
}

// Tells the app, unless the element is an input that only counts when the modal is submitted.
async function use(item, block, context, value, node) {
  if (item.confirm && !(await confirmed(item.confirm))) return;
  node?.classList.remove("failed");
  node?.classList.add("busy");
  const answer = await context.act(block.block_id, item.action_id, value, item);
  node?.classList.remove("busy");
  if (!answer.ok) {
    node?.classList.add("failed");
    toast(answer.message ?? `This did not work: ${answer.error}`);
  }
}

// Keeps what is entered. What was wrong with it goes at the first key, not when the field is left: leaving it is
// half of a click on "Submit", which would move away under the pointer.
function entered(item, block, context, value, node) {
  const error = node?.closest(".block-input")?.querySelector(".field-error");
  if (error) error.textContent = "";
  context.inputs?.set(block.block_id, item.action_id, value);
}

function changed(item, block, context, value, node) {
  entered(item, block, context, value, node);
  if (block.type !== "input" || block.dispatch_action) use(item, block, context, value, node);
}

function button(item, block, context) {
  const node = h(
    "button",
    {
      type: "button",
      class: `button ${item.style ?? ""}`,
      "aria-label": item.accessibility_label,
      "data-value": item.value,
      testid: "action-button",
      onclick: () => {
        const url = item.url ? safeUrl(item.url) : null;
        if (url) window.open(url, "_blank", "noopener");
        use(item, block, context, item.value ?? null, node);
      },
    },
    plainText(item.text.text),
  );
  return node;
}

function overflow(item, block, context) {
  const choose = (event) => {
    const option = item.options[Number(event.target.value)];
    event.target.value = "";
    const url = option.url ? safeUrl(option.url) : null;
    if (url) window.open(url, "_blank", "noopener");
    use(item, block, context, option.value, node);
  };
  const node = h(
    "select",
    { class: "overflow", "aria-label": "More actions", onchange: choose },
    h("option", { value: "", hidden: true }, "⋯"),
    item.options.map((option, place) => h("option", { value: place }, option.text.text)),
  );
  return node;
}

const optionNodes = (options, chosen) =>
  options.map((option) => h("option", { value: option.value, selected: chosen.has(option.value) }, option.text.text));

function select(item, block, context, options, many, initial) {
  const chosen = new Set(many ? initial ?? [] : initial ? [initial] : []);
  const value = () => (many ? [...node.selectedOptions].map((o) => o.value) : node.value || null);
  const groups = item.option_groups?.map((group) => h("optgroup", { label: group.label.text }, optionNodes(group.options, chosen)));
  const node = h(
    "select",
    { class: "select", multiple: many, size: many ? Math.min(6, Math.max(3, options.length)) : null, onchange: () => changed(item, block, context, value(), node) },
    many ? null : h("option", { value: "" }, item.placeholder?.text ?? "Select…"),
    groups ?? optionNodes(options, chosen),
  );
  const kept = context.inputs?.get(block.block_id, item.action_id);
  if (kept !== undefined) for (const option of node.options) option.selected = [kept].flat().includes(option.value);
  return node;
}

const asOption = (value, text) => ({ value, text: { text } });
const people = () => [...state.users.values()].filter((user) => !user.is_bot).map((user) => asOption(user.id, user.real_name));
const places = () => [...state.channels.values()].filter((c) => c.kind !== "im" && !c.is_archived).map((c) => asOption(c.id, `#${channelName(c)}`));
const talks = () => [...places(), ...people()];

const one = (options, initial) => (item, block, context) => select(item, block, context, options(item), false, initial(item));
const many = (options, initial) => (item, block, context) => select(item, block, context, options(item), true, initial(item));
const values = (options) => options?.map((option) => option.value);
const own = (item) => item.options ?? (item.option_groups ?? []).flatMap((group) => group.options);

// An external select asks the app while the user types.
function external(item, block, context) {
  const listId = `options-${context.key}-${block.block_id}-${item.action_id}`;
  const list = h("datalist", { id: listId });
  let options = [];
  const ask = async (typed) => {
    if (typed.length < (item.min_query_length ?? 3)) return;
    const answer = await context.options(block.block_id, item.action_id, typed);
    options = answer.options ?? [];
    list.replaceChildren(...options.map((option) => h("option", { value: option.text.text })));
  };
  const many = item.type.startsWith("multi_");
  const field = h("input", {
    class: "text-input",
    list: listId,
    id: context.fieldId,
    placeholder: item.placeholder?.text ?? "Type to search…",
    oninput: (event) => ask(event.target.value),
    onchange: (event) => {
      const option = options.find((candidate) => candidate.text.text === event.target.value);
      if (option) changed(item, block, context, many ? [option] : option, field);
    },
  });
  return h("span", {}, field, list);
}

function field(type) {
  return (item, block, context) => {
    const initial = item.initial_value ?? item.initial_date ?? item.initial_time ?? "";
    const tag = item.multiline ? "textarea" : "input";
    const node = h(tag, {
      class: "text-input",
      type: tag === "input" ? type : null,
      rows: item.multiline ? 4 : null,
      placeholder: item.placeholder?.text,
      maxlength: item.max_length,
      step: type === "number" ? (item.is_decimal_allowed ? "any" : "1") : null,
      min: item.min_value,
      max: item.max_value,
      oninput: () => entered(item, block, context, node.value, node),
      onchange: () => changed(item, block, context, node.value, node),
    });
    node.value = context.inputs?.get(block.block_id, item.action_id) ?? initial;
    return node;
  };
}

function dateTime(item, block, context) {
  const node = h("input", {
    class: "text-input",
    type: "datetime-local",
    onchange: () => changed(item, block, context, Math.floor(new Date(node.value).getTime() / 1000), node),
  });
  if (item.initial_date_time) {
    const local = new Date(item.initial_date_time * 1000 - new Date().getTimezoneOffset() * 60_000);
    node.value = local.toISOString().slice(0, 16);
  }
  return node;
}

function choices(kind) {
  return (item, block, context) => {
    const initial = new Set(values(item.initial_options) ?? (item.initial_option ? [item.initial_option.value] : []));
    const kept = context.inputs?.get(block.block_id, item.action_id);
    const chosen = kept === undefined ? initial : new Set([kept].flat());
    const name = `${context.key}-${block.block_id}-${item.action_id}`;
    const read = () => [...node.querySelectorAll("input:checked")].map((box) => box.value);
    const change = () => changed(item, block, context, kind === "radio" ? read()[0] : read(), node);
    const node = h("div", { class: "choices", role: kind === "radio" ? "radiogroup" : "group" });
    for (const option of item.options) {
      const box = h("input", { type: kind, name, value: option.value, checked: chosen.has(option.value), onchange: change });
      const text = option.text.type === "mrkdwn" ? mrkdwn(option.text.text) : plainText(option.text.text);
      const more = option.description ? h("div", { class: "hint" }, plainText(option.description.text)) : null;
      node.append(h("label", { class: "choice" }, box, h("span", {}, text, more)));
    }
    return node;
  };
}

const DRAW = {
  button,
  workflow_button: button,
  overflow,
  static_select: one(own, (item) => item.initial_option?.value),
  multi_static_select: many(own, (item) => values(item.initial_options)),
  users_select: one(people, (item) => item.initial_user),
  multi_users_select: many(people, (item) => item.initial_users),
  channels_select: one(places, (item) => item.initial_channel),
  multi_channels_select: many(places, (item) => item.initial_channels),
  conversations_select: one(talks, (item) => item.initial_conversation),
  multi_conversations_select: many(talks, (item) => item.initial_conversations),
  external_select: external,
  multi_external_select: external,
  datepicker: field("date"),
  timepicker: field("time"),
  datetimepicker: dateTime,
  plain_text_input: field("text"),
  email_text_input: field("email"),
  url_text_input: field("url"),
  number_input: field("number"),
  rich_text_input: field("text"),
  checkboxes: choices("checkbox"),
  radio_buttons: choices("radio"),
};
