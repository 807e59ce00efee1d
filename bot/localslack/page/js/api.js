// The control API of the local workspace.

async function answer(response) {
  try {
    return await response.json();
  } catch {
    return { ok: false, error: `http_${response.status}` };
  }
}

export async function read(path, query = {}) {
  return answer(await fetch(`/local/${path}?${new URLSearchParams(query)}`));
}

export async function act(path, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    return await answer(await fetch(`/local/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  } catch {
    return { ok: false, error: "not_connected" };
  }
}
