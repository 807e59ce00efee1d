// Times as people read them, and Slack's own date tokens.

const pad = (number) => String(number).padStart(2, "0");

export const dateOf = (ts) => new Date(Number(ts) * 1000);

export function clock(ts) {
  const date = dateOf(ts);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

export function day(ts) {
  const date = dateOf(ts);
  const days = Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

const TOKENS = {
  date_num: (d) => `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`,
  date: (d) => d.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }),
  date_short: (d) => d.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" }),
  date_long: (d) => d.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  time: (d) => `${pad(d.getHours())}:${pad(d.getMinutes())}`,
  time_secs: (d) => `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`,
  ago: (d) => ago(d),
};

// `{date_short} at {time}` with the tokens filled in; the `_pretty` forms say "today" and "yesterday".
export function formatDate(seconds, format) {
  const date = dateOf(seconds);
  return format.replace(/\{(\w+)\}/g, (whole, token) => {
    if (token.endsWith("_pretty")) {
      const name = day(seconds);
      return name === "Today" || name === "Yesterday" ? name.toLowerCase() : TOKENS[token.slice(0, -7)]?.(date) ?? whole;
    }
    return TOKENS[token]?.(date) ?? whole;
  });
}

function ago(date) {
  const minutes = Math.round((Date.now() - date) / 60_000);
  if (Math.abs(minutes) < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
