// Builds elements. Text always goes in as text nodes, so nothing that a user or an app wrote is ever read as HTML.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name === "testid" ? "data-testid" : name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SAFE = new Set(["http:", "https:", "mailto:", "tel:"]);

// Returns the address if it is one that may be followed, else null: `javascript:` and the like never become a link.
export function safeUrl(text) {
  try {
    const url = new URL(text, location.origin);
    return SAFE.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(url, ...children) {
  const href = safeUrl(url);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children) : h("span", {}, ...children);
}

let toastTimer = 0;

export function toast(text) {
  const place = document.getElementById("toasts");
  place.replaceChildren(h("div", { class: "toast", testid: "toast" }, text));
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => place.replaceChildren(), 6000);
}
