// The modal on top of the user's stack.

import { h, toast } from "./dom.js";
import { act } from "./api.js";
import { blocks } from "./blocks.js";
import { plainText } from "./mrkdwn.js";
import { state } from "./state.js";

const entered = new Map(); // view id -> what was typed, so that an update of the view does not lose it
let shown = "";

export function drawModal() {
  const view = state.views.at(-1);
  const key = view ? `${view.id} ${view.hash} ${state.you}` : "";
  if (key === shown) return;
  shown = key;
  document.querySelector(".shade.modal")?.remove();
  for (const id of entered.keys()) if (!state.views.some((known) => known.id === id)) entered.delete(id);
  if (!view) return;
  const shade = h("div", { class: "shade modal" }, modal(view));
  shade.addEventListener("keydown", (event) => event.key === "Escape" && close(view));
  document.getElementById("overlays").prepend(shade);
  shade.querySelector("input, textarea, select, .modal-form button")?.focus();
}

function modal(view) {
  if (!entered.has(view.id)) entered.set(view.id, new Map());
  const values = entered.get(view.id);
  const place = { view_id: view.id };
  const context = {
    key: view.id,
    inputs: {
      get: (block, action) => values.get(`${block} ${action}`)?.value,
      set: (block, action, value) => values.set(`${block} ${action}`, { block, value }),
    },
    act: (block_id, action_id, value) => act("actions", { ...place, user: state.you, block_id, action_id, value }),
    options: (block_id, action_id, value) => act("options", { ...place, user: state.you, block_id, action_id, value }),
  };
  const form = h(
    "form",
    { class: "modal-form", novalidate: true, onsubmit: (event) => (event.preventDefault(), submit(view, form, values)) },
    h("div", { class: "dialog-body", testid: "modal-body" }, blocks(view.blocks, context)),
    h(
      "footer",
      {},
      h("button", { type: "button", class: "button", testid: "modal-cancel", onclick: () => close(view) }, view.close ? plainText(view.close.text) : "Cancel"),
      view.submit ? h("button", { type: "submit", class: "button primary", testid: "modal-submit" }, plainText(view.submit.text)) : null,
    ),
  );
  return h(
    "div",
    { class: "dialog", role: "dialog", "aria-modal": "true", "aria-label": view.title.text, testid: "modal" },
    h("header", {}, h("h2", { testid: "modal-title" }, plainText(view.title.text)), h("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => close(view) }, "✕")),
    form,
  );
}

async function submit(view, form, values) {
  const given = Object.fromEntries([...values.values()].map(({ block, value }) => [block, value]));
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const answer = await act(`views/${view.id}/submit`, { user: state.you, values: given });
  button.disabled = false;
  for (const block of form.querySelectorAll(".block-input")) {
    block.querySelector(".field-error").textContent = answer.errors?.[block.dataset.blockId] ?? "";
  }
  if (!answer.ok && !answer.errors) toast(answer.message ?? `This did not work: ${answer.error}`);
}

async function close(view) {
  await act(`views/${view.id}/close`, { user: state.you });
}
