// Ignores a second submit while the first one is being sent. The server enforces the same rule
// without this script.
"use strict";
for (const form of document.forms) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (sent) { event.preventDefault(); return; }
    sent = true;
    form.setAttribute("aria-busy", "true");
    form.querySelector("button").setAttribute("aria-disabled", "true");
  });
  // A page restored from the back/forward cache can be submitted again.
  window.addEventListener("pageshow", () => {
    sent = false;
    form.removeAttribute("aria-busy");
    form.querySelector("button").removeAttribute("aria-disabled");
  });
}
