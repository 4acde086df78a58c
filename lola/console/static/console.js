// Keeps an open page up to date and saves keystrokes. Every page also works without this file.
// All HTML that is put in here was made, and escaped, by the server.
"use strict";

const byId = (id) => document.getElementById(id);

function showLocalTimes(root) {
  const clock = { hour: "2-digit", minute: "2-digit" };
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    const day = at.toDateString() === today ? {} : { day: "numeric", month: "short" };
    time.textContent = at.toLocaleString(document.documentElement.lang, { ...day, ...clock });
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
  const isOpen = document.querySelector("aside details").open;
  const open = openOnes("transcript");
  const asked = [...document.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part.innerHTML]);
  replace("transcript", html);
  document.querySelector("aside details").open = isOpen;
  reopen(open);
  for (const [name, html] of asked) {
    const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
    if (part) part.innerHTML = html;
  }
  if (atEnd) scrollToEnd();
  else document.querySelector(".log").scrollTo({ top, behavior: "instant" });
}

const openOnes = (id) => [...byId(id).querySelectorAll("details[id][open]")].map((one) => one.id);

function reopen(ids) {
  for (const id of ids) if (byId(id)) byId(id).open = true;
}

// What is typed in any field outlives a change of owner; the transcript's end stays visible.
function replaceActions(html) {
  const atEnd = isAtEnd();
  const open = openOnes("actions");
  const focused = document.activeElement?.id;
  const typed = [...byId("actions").querySelectorAll("textarea")].map((area) => [area.id, area.value]);
  const words = byId("text")?.value.trim();
  if (words) keepDraft.now();
  replace("actions", html);
  reopen(open);
  for (const [id, value] of typed) if (value && byId(id)) byId(id).value = value;
  const kept = document.querySelector(".kept-words .text");
  if (words && kept) kept.textContent = words;
  if (focused) byId(focused)?.focus();
  countLeft();
  if (atEnd) scrollToEnd();
}

function replaceQueue(html) {
  const focused = document.activeElement?.getAttribute("href");
  const marked = [...document.querySelectorAll(".mark-case input:checked")].map((box) => box.name);
  const chosen = byId("to")?.value;
  replace("queue", html);
  for (const name of marked) {
    const box = document.getElementsByName(name)[0];
    if (box) box.checked = true;
  }
  if (chosen && byId("to")) byId("to").value = chosen;
  if (focused) document.querySelector(`.case[href="${CSS.escape(focused)}"]`)?.focus();
  showWaitingInTitle();
}

const title = document.title;
function showWaitingInTitle() {
  const waiting = document.querySelector(".counts")?.dataset.waiting;
  document.title = waiting > 0 ? `(${waiting}) ${title}` : title;
}

const LONGEST_WAIT = 30000;

// A browser gives a stream up for good after one answer that is not 200, so a new one is made here.
function listen() {
  const place = document.querySelector("[data-live]");
  if (!place) return;
  let wait = 1000;
  let events = null;

  function connect() {
    events = new EventSource(place.dataset.live);
    events.addEventListener("queue", (event) => replaceQueue(event.data));
    events.addEventListener("transcript", (event) => replaceTranscript(event.data));
    events.addEventListener("actions", (event) => replaceActions(event.data));
    events.addEventListener("presence", (event) => replace("presence", event.data));
    events.addEventListener("signed-out", () => {
      events.close();
      sayConnection("signed-out");
    });
    events.onopen = () => {
      wait = 1000;
      sayConnection("");
    };
    events.onerror = () => {
      sayConnection("lost");
      if (events.readyState === EventSource.CLOSED) setTimeout(again, wait);
    };
  }

  async function again() {
    wait = Math.min(wait * 2, LONGEST_WAIT);
    const answer = await fetch(byId("offline").dataset.alive).catch(() => null);
    if (answer?.status === 401) sayConnection("signed-out");
    else if (answer?.ok) connect();
    else setTimeout(again, wait);
  }

  connect();
  addEventListener("pagehide", () => events.close());
}

function sayConnection(state) {
  const place = byId("offline");
  place.hidden = !state;
  for (const text of place.querySelectorAll("[data-state]")) text.hidden = text.dataset.state !== state;
}

function countLeft() {
  const area = byId("text");
  const left = byId("left");
  if (!area || !left) return;
  const count = area.maxLength - area.value.length;
  left.textContent = left.dataset.left.replace("#", count.toLocaleString(document.documentElement.lang));
}

function post(form, address, body, options = {}) {
  return fetch(address, {
    headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf.value },
    body: JSON.stringify(body),
    ...options,
  });
}

function showHints({ removed, language }) {
  const place = byId("hints");
  if (!place) return;
  const keys = [...removed.map((what) => `removed-${what}`), ...(language ? [`language-${language}`] : [])];
  place.textContent = keys.map((key) => place.getAttribute(`data-${key}`)).join(" ");
  place.hidden = !keys.length;
}

// The server keeps what is typed and says what it would take out of it.
const keepDraft = {
  timer: 0,
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), 600);
  },
  async now() {
    clearTimeout(this.timer);
    const area = byId("text");
    if (!area) return;
    const text = area.value;
    try {
      const answer = await post(area.form, area.form.dataset.draft, { text }, { method: "PUT", keepalive: true });
      if (!answer.ok || byId("text")?.value !== text) return;
      byId("kept").textContent = text ? byId("kept").dataset.kept : "";
      showHints(await answer.json());
    } catch {
      byId("kept").textContent = "";
    }
  },
};

async function send(form) {
  const { once, text } = form.elements;
  const words = text.value;
  const button = form.querySelector("button");
  clearTimeout(keepDraft.timer);
  button.disabled = true;
  // What is typed from now on is the next reply.
  text.value = "";
  try {
    const answer = await post(form, form.dataset.api, { text: words, once: once.value }, { method: "POST" });
    if (!answer.ok) throw new Error(String(answer.status));
    once.value = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16)).join("");
    countLeft();
    showHints({ removed: [] });
    text.focus();
    const { removed } = await answer.json();
    // The page says what was taken out of the reply.
    if (removed) location.search = `removed=${removed[0]}`;
  } catch {
    // The page itself says what is wrong. The same `once` makes a second try harmless.
    text.value = [words, text.value].filter(Boolean).join("\n");
    form.submit();
  } finally {
    button.disabled = false;
  }
}

function useCanned(form) {
  const area = byId("text");
  const { text } = form.elements.canned.selectedOptions[0].dataset;
  area.value = area.value.trim() ? `${area.value.trimEnd()}\n${text}` : text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

async function showPart(link) {
  try {
    const answer = await fetch(`${link.href}?part`);
    if (!answer.ok) throw new Error(String(answer.status));
    const part = link.parentElement;
    part.innerHTML = await answer.text();
    showLocalTimes(part);
  } catch {
    location.href = link.href;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".reply")) {
    event.preventDefault();
    send(form);
  } else if (form.matches("[data-canned]") && byId("text")) {
    event.preventDefault();
    useCanned(form);
  } else if (form.closest("#actions") && byId("text")?.value) {
    // The page that follows shows the draft, so it is kept first.
    event.preventDefault();
    keepDraft.now().then(() => form.submit());
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-part] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  showPart(link);
});

document.addEventListener("input", (event) => {
  if (event.target.id !== "text") return;
  countLeft();
  keepDraft.soon();
});

addEventListener("pagehide", () => {
  if (byId("text") && byId("text").value !== byId("text").defaultValue) keepDraft.now();
});

document.addEventListener("keydown", (event) => {
  // While an input method is composing, Enter chooses a character.
  if (event.key === "Enter" && event.target.id === "text" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (event.target.value.trim()) event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
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
countLeft();
scrollToEnd();
showWaitingInTitle();
listen();
