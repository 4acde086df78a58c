// A form is sent once: a second tap while the first is on its way does nothing. Without this script
// the server keeps the same promise.
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
  // A page that comes back from the browser's memory can be sent again.
  window.addEventListener("pageshow", () => {
    sent = false;
    form.removeAttribute("aria-busy");
    form.querySelector("button").removeAttribute("aria-disabled");
  });
}
