// The dialog that asks before a dangerous element is used.

import { h } from "./dom.js";
import { mrkdwn, plainText } from "./mrkdwn.js";

export function confirmed(dialog) {
  return new Promise((resolve) => {
    const done = (answer) => () => {
      shade.remove();
      resolve(answer);
    };
    const text = dialog.text.type === "mrkdwn" ? mrkdwn(dialog.text.text) : plainText(dialog.text.text);
    const ok = h("button", { type: "button", class: `button ${dialog.style ?? "primary"}`, testid: "confirm-ok", onclick: done(true) }, plainText(dialog.confirm.text));
    const box = h(
      "div",
      { class: "dialog confirm", role: "alertdialog", "aria-modal": "true", "aria-label": dialog.title.text, testid: "confirm-dialog" },
      h("h2", {}, plainText(dialog.title.text)),
      h("div", { class: "dialog-body" }, text),
      h("footer", {}, h("button", { type: "button", class: "button", testid: "confirm-cancel", onclick: done(false) }, plainText(dialog.deny.text)), ok),
    );
    const shade = h("div", { class: "shade", onkeydown: (event) => event.key === "Escape" && done(false)() }, box);
    document.getElementById("overlays").append(shade);
    ok.focus();
  });
}
