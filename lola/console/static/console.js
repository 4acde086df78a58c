// Keeps an open page up to date and saves keystrokes. Every page also works without this file.
// All HTML that is put in here was made, and escaped, by the server.
"use strict";

const byId = (id) => document.getElementById(id);

function showLocalTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
  });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.textContent = format.format(at);
    time.title = at.toLocaleString(document.documentElement.lang);
  }
}

function scrollToEnd() {
  const log = document.querySelector(".log");
  if (log) log.scrollTo({ top: log.scrollHeight, behavior: "instant" });
}

function foldOnPhones() {
  const details = document.querySelector("aside details");
  if (details && matchMedia("(max-width: 760px)").matches) details.open = false;
}

function replace(id, html) {
  const place = byId(id);
  place.innerHTML = html;
  showLocalTimes(place);
}

function isAtEnd() {
  const log = document.querySelector(".log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function replaceTranscript(html) {
  const atEnd = isAtEnd();
  const top = document.querySelector(".log").scrollTop;
  const open = document.querySelector("aside details").open;
  replace("transcript", html);
  document.querySelector("aside details").open = open;
  if (atEnd) scrollToEnd();
  else document.querySelector(".log").scrollTo({ top, behavior: "instant" });
}

// The actions take space from the transcript, whose end must stay visible.
function replaceActions(html) {
  const atEnd = isAtEnd();
  replace("actions", html);
  if (atEnd) scrollToEnd();
}

function replaceQueue(html) {
  const focused = document.activeElement?.getAttribute("href");
  replace("queue", html);
  if (focused) document.querySelector(`.case[href="${CSS.escape(focused)}"]`)?.focus();
  showWaitingInTitle();
}

const title = document.title;
function showWaitingInTitle() {
  const waiting = document.querySelector(".counts")?.dataset.waiting;
  document.title = waiting > 0 ? `(${waiting}) ${title}` : title;
}

function listen() {
  const place = document.querySelector("[data-live]");
  if (!place) return;
  const events = new EventSource(place.dataset.live);
  events.addEventListener("queue", (event) => replaceQueue(event.data));
  events.addEventListener("transcript", (event) => replaceTranscript(event.data));
  events.addEventListener("actions", (event) => replaceActions(event.data));
  events.addEventListener("signed-out", () => {
    events.close();
    location.reload();
  });
  events.onopen = () => { byId("offline").hidden = true; };
  events.onerror = () => { byId("offline").hidden = false; };
  addEventListener("pagehide", () => events.close());
}

async function send(form) {
  const { csrf, once, text } = form.elements;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.dataset.api, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf.value },
      body: JSON.stringify({ text: text.value, once: once.value }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    text.value = "";
    once.value = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16)).join("");
    text.focus();
    const { removed } = await answer.json();
    // The page says what was taken out of the reply.
    if (removed) location.search = `removed=${removed[0]}`;
  } catch {
    // The page itself says what is wrong. The same `once` makes a second try harmless.
    form.submit();
  } finally {
    button.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".reply")) return;
  event.preventDefault();
  send(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "text") {
    event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
  const cases = [...document.querySelectorAll(".case")];
  const step = { j: 1, k: -1 }[event.key];
  if (step && cases.length) {
    const next = cases.indexOf(document.activeElement) + step;
    cases[Math.min(Math.max(next, 0), cases.length - 1)].focus();
  } else if (event.key === "r" && byId("text")) {
    event.preventDefault();
    byId("text").focus();
  }
});

showLocalTimes(document);
foldOnPhones();
scrollToEnd();
showWaitingInTitle();
listen();
