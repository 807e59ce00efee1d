// The control API of the local workspace.

async function answer(path, options) {
  try {
    const response = await fetch(`/local/${path}`, options);
    return await response.json().catch(() => ({ ok: false, error: `http_${response.status}` }));
  } catch {
    return { ok: false, error: "not_connected" };
  }
}

export function read(path, query = {}) {
  return answer(`${path}?${new URLSearchParams(query)}`);
}

export function act(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(path, { method: "POST", headers, body: JSON.stringify(body) });
}
