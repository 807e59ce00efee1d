// Standard Markdown for the markdown block: headings, lists, quotes, code, tables and inline styles.

import { h, link } from "./dom.js";
import { emojiNode } from "./emoji.js";

export function markdown(text) {
  const lines = String(text).replace(/\r/g, "").split("\n");
  const nodes = [];
  while (lines.length) nodes.push(block(lines));
  return nodes.filter(Boolean);
}

function block(lines) {
  const line = lines[0];
  if (!line.trim()) return void lines.shift();
  const fence = /^```/.test(line);
  if (fence) return fenced(lines);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) return lines.shift(), h("p", { class: `md-h md-h${heading[1].length}`, role: "heading", "aria-level": heading[1].length }, inline(heading[2]));
  if (/^(-{3,}|\*{3,}|_{3,})$/.test(line.trim())) return lines.shift(), h("hr");
  if (/^>/.test(line)) return h("blockquote", {}, inline(takeWhile(lines, (l) => /^>/.test(l)).map((l) => l.replace(/^> ?/, "")).join("\n")));
  if (ITEM.test(line)) return list(lines);
  if (/\|/.test(line) && /^\s*\|?[\s:|-]+\|?\s*$/.test(lines[1] ?? "") && lines[1].includes("-")) return table(lines);
  return h("p", {}, inline(takeWhile(lines, (l) => l.trim() && !STARTS.test(l)).join("\n") || lines.shift()));
}

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const STARTS = /^(```|#{1,6}\s|>|\s*([-*+]|\d+[.)])\s)/;

function takeWhile(lines, test) {
  const taken = [];
  while (lines.length && test(lines[0])) taken.push(lines.shift());
  return taken;
}

function fenced(lines) {
  lines.shift();
  const code = takeWhile(lines, (l) => !/^```/.test(l));
  lines.shift();
  return h("pre", { class: "code-block" }, code.join("\n"));
}

function list(lines) {
  const items = takeWhile(lines, (l) => ITEM.test(l)).map((l) => ITEM.exec(l));
  const ordered = /\d/.test(items[0][2]);
  return h(
    ordered ? "ol" : "ul",
    {},
    items.map(([, indent, , text]) => {
      const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
      const style = { marginLeft: `${Math.floor(indent.length / 2) * 18}px` };
      if (task) return h("li", { class: "task", style }, h("span", { class: "box" }, task[1] === " " ? "☐ " : "☑ "), inline(task[2]));
      return h("li", { style }, inline(text));
    }),
  );
}

function table(lines) {
  const rows = takeWhile(lines, (l) => l.includes("|")).map((l) => l.trim().replace(/^\||\|$/g, "").split("|"));
  const cells = (row, tag) => h("tr", {}, row.map((cell) => h(tag, {}, inline(cell.trim()))));
  return h("table", { class: "table" }, h("thead", {}, cells(rows[0], "th")), h("tbody", {}, rows.slice(2).map((row) => cells(row, "td"))));
}

const RULES = [
  [/`([^`]+)`/, (m) => h("code", {}, m[1])],
  [/!?\[([^\]]*)\]\(([^()\s]+)\)/, (m) => link(m[2], m[1] || m[2])],
  [/\*\*(\S(?:.*?\S)?)\*\*/s, (m) => h("strong", {}, inline(m[1]))],
  [/__(\S(?:.*?\S)?)__/s, (m) => h("strong", {}, inline(m[1]))],
  [/~~(\S(?:.*?\S)?)~~/s, (m) => h("s", {}, inline(m[1]))],
  [/(?<![\w*])\*(\S(?:[^*]*?\S)?)\*(?![\w*])/, (m) => h("em", {}, inline(m[1]))],
  [/(?<!\w)_(\S(?:[^_]*?\S)?)_(?!\w)/, (m) => h("em", {}, inline(m[1]))],
  [/https?:\/\/[^\s<>)]+/, (m) => link(m[0], m[0])],
  [/:[a-z0-9_+'-]+:/, (m) => emojiNode(m[0]) ?? m[0]],
  [/\n/, () => h("br")],
];

export function inline(text) {
  let first = null;
  for (const [pattern, make] of RULES) {
    const match = pattern.exec(text);
    if (match && (!first || match.index < first.match.index)) first = { match, make };
  }
  if (!first) return text ? [text] : [];
  const { match, make } = first;
  return [text.slice(0, match.index), make(match), ...inline(text.slice(match.index + match[0].length))].filter((n) => n !== "");
}
