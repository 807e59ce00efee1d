"use strict";
// An address ending in #token=... fills the form in and sends it; what follows # never leaves the browser.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("token").value = given;
  document.getElementById("login").submit();
}
