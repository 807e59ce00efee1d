// What the page knows: a copy of the workspace as one user sees it, kept current by the stream.

export const state = {
  you: "",
  team: {},
  app: { commands: [], shortcuts: [] },
  users: new Map(),
  groups: new Map(),
  channels: new Map(),
  messages: new Map(),
  views: [],
  home: null,
  place: "", // a channel's id, or "home"
  thread: null,
};

export function load(snapshot) {
  Object.assign(state, { you: snapshot.you, team: snapshot.team, app: snapshot.app });
  state.users = byId(snapshot.users);
  state.groups = byId(snapshot.usergroups);
  state.channels = byId(snapshot.channels);
}

export function loadMessages(channel, messages) {
  state.messages.set(channel, new Map(messages.map((message) => [message.ts, message])));
}

export function messagesOf(channel) {
  const known = [...(state.messages.get(channel)?.values() ?? [])].filter((message) => !message.deleted);
  return known.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

// Applies one change; returns what has to be drawn again.
export function apply({ kind, value }) {
  switch (kind) {
    case "user":
      state.users.set(value.id, value);
      return "sidebar";
    case "usergroup":
      state.groups.set(value.id, value);
      return "sidebar";
    case "channel":
      state.channels.set(value.id, value);
      return "channel";
    case "message":
      state.messages.get(value.channel)?.set(value.ts, value);
      return "messages";
    case "view":
      return applyView(value);
    default:
      return "";
  }
}

function applyView(view) {
  if (view.type === "home") {
    state.home = view;
    return "home";
  }
  const place = state.views.findIndex((known) => known.id === view.id);
  if (!view.is_open) state.views = state.views.filter((known) => known.id !== view.id);
  else if (place >= 0) state.views[place] = view;
  else state.views.push(view);
  return "views";
}

export function personName(id) {
  const user = state.users.get(id);
  return user ? user.real_name || user.name : id;
}

export function channelName(channel) {
  if (channel.kind === "im") return personName(channel.user);
  if (channel.kind === "mpim") return channel.members.filter((id) => id !== state.you).map(personName).join(", ");
  return channel.name;
}

function byId(records) {
  return new Map(records.map((record) => [record.id, record]));
}
