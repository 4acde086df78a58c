// Telephones of test senders. Each one writes through `/control/devices`, where the sandbox signs the
// provider's webhook, and shows what the service sent to its number. No text is ever put in as HTML.
"use strict";

const main = document.querySelector("main");
const setup = JSON.parse(main.dataset.setup);
const words = setup.words;
const place = document.getElementById("phones");
const phones = [];
const WAIT_SECONDS = 25;
const NEW_NUMBERS = "+155501";
const WITHOUT_BUTTONS = new Set(["sms"]);

const say = (key, value) => words[key].replace("{value}", value);

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// WhatsApp shows *these words* in bold.
function formatted(text, channel) {
  if (channel !== "whatsapp") return [text];
  return text.split(/(\*[^*\n]+\*)/).map((part) => (/^\*.+\*$/.test(part) ? make("strong", {}, part.slice(1, -1)) : part));
}

async function ask(address, options = {}) {
  const answer = await fetch(address, {
    ...options,
    headers: { "Content-Type": "application/json" },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  });
  const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.problem ?? String(answer.status));
  return told;
}

function numberOf(name) {
  const typed = name.replace(/[^+0-9]/g, "");
  if (typed.length > 6) return typed.startsWith("+") ? typed : `+${typed}`;
  const known = setup.numbers[name.toLowerCase()];
  return known ?? `${NEW_NUMBERS}${10000 + Math.floor(Math.random() * 90000)}`;
}

class Phone {
  constructor(name, number, channel) {
    Object.assign(this, { name, number, channel });
    this.address = `/control/devices/${channel}/${encodeURIComponent(number)}`;
    this.key = `phone ${channel} ${number}`;
    this.kept = JSON.parse(sessionStorage.getItem(this.key) ?? '{"seen": 0, "lines": []}');
    this.isOpen = true;
    this.waiting = 0;
    this.build();
    for (const line of this.kept.lines) this.show(line);
    this.listen();
  }

  build() {
    const id = `write-${phones.length}-${Date.now()}`;
    this.log = make("div", { class: "log", role: "log", "aria-label": words.messages, tabindex: "0" });
    this.typing = make("p", { class: "typing", role: "status" });
    this.text = make("textarea", { id, rows: "1", maxlength: "4096" });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    const form = make(
      "form",
      { class: "write", onsubmit: (event) => { event.preventDefault(); this.write(); } },
      make("label", { class: "hidden", for: id }, words.write),
      this.text,
      make("button", {}, words.send),
    );
    const extra = (title, action) => make("li", {}, make("button", { type: "button", onclick: action }, title));
    const verdict = make(
      "select",
      { onchange: (event) => this.judge(event.target.value) },
      ...["", "passed", "pending", "blocked", "broken"].map((one) => make("option", { value: one }, one || words.unchanged)),
    );
    const more = make(
      "details",
      { class: "extra" },
      make("summary", {}, words.more),
      make(
        "ul",
        { class: "choices" },
        extra(words.twice, () => this.twice()),
        extra(words.picture, () => this.picture()),
        extra(words.place, () => this.act({ do: "place" }, words.as_place)),
        extra(words.contact, () => this.contact()),
      ),
      make("label", {}, words.verdict, verdict),
    );
    this.element = make(
      "section",
      { class: "phone", "data-channel": this.channel, "aria-label": `${this.name}, ${this.channel}` },
      make(
        "header",
        {},
        make("div", {}, make("h2", {}, this.name), make("p", {}, `${this.channel} · ${this.number}`)),
        make("button", { type: "button", "aria-label": words.close, onclick: () => this.close() }, "✕"),
      ),
      this.log,
      this.typing,
      more,
      form,
    );
    place.append(this.element);
    this.element.scrollIntoView({ block: "nearest", inline: "start" });
  }

  keep(line) {
    this.kept.lines.push(line);
    sessionStorage.setItem(this.key, JSON.stringify(this.kept));
    return this.show(line);
  }

  show(line) {
    const bubble = make("div", { class: `bubble ${line.of}` }, ...formatted(line.text, this.channel));
    if (line.of === "mine") {
      bubble.append(make("span", { class: "ticks", role: "img", "aria-label": words.sent }, "✓"));
    }
    const options = line.options ?? [];
    if (options.length && !WITHOUT_BUTTONS.has(this.channel)) {
      bubble.append(
        make(
          "div",
          { class: "options" },
          ...options.map((title) => make("button", { type: "button", onclick: () => this.choose(title) }, title)),
        ),
      );
    }
    for (const link of line.links ?? []) {
      bubble.append(
        make("a", { class: "preview", href: link, target: "_blank", rel: "noopener noreferrer" }, `${words.link} · ${new URL(link).host}`),
      );
    }
    this.log.append(bubble);
    this.log.scrollTop = this.log.scrollHeight;
    return bubble;
  }

  write() {
    const text = this.text.value.trim();
    if (!text) return;
    this.text.value = "";
    this.act({ do: "say", text }, text);
  }

  twice() {
    const text = this.text.value.trim();
    if (!text) return this.text.focus();
    this.text.value = "";
    this.act({ do: "many", texts: [text, text] }, text, text);
  }

  picture() {
    const caption = this.text.value.trim();
    this.text.value = "";
    this.act({ do: "media", caption }, say("as_picture", caption));
  }

  contact() {
    const [, contact, phone] = this.text.value.trim().match(/^(.+?)\s+(\+?[\d ]{7,})$/) ?? [];
    if (!contact) return this.problem(words.contact_how);
    this.text.value = "";
    this.act({ do: "contact", contact, phone }, say("as_contact", `${contact} ${phone}`));
  }

  choose(title) {
    return this.act({ do: "choose", title }, title);
  }

  async act(body, ...shown) {
    const bubbles = shown.map((text) => this.keep({ of: "mine", text }));
    this.busy(1);
    try {
      const { turns } = await ask(this.address, { method: "POST", body: { name: this.name, ...body } });
      for (const bubble of bubbles) {
        const ticks = bubble.querySelector(".ticks");
        ticks.textContent = "✓✓";
        ticks.setAttribute("aria-label", words.read);
      }
      if (turns.length) inspect(turns.at(-1));
    } catch (error) {
      this.problem(say("problem", error.message));
    } finally {
      this.busy(-1);
    }
  }

  async judge(verdict) {
    if (!verdict) return;
    try {
      await ask(`/control/senders/${encodeURIComponent(this.number)}`, { method: "PUT", body: { verdict } });
    } catch (error) {
      this.problem(say("problem", error.message));
    }
  }

  busy(change) {
    this.waiting += change;
    this.typing.textContent = this.waiting ? words.typing : "";
  }

  problem(text) {
    this.show({ of: "problem", text });
  }

  async listen() {
    while (this.isOpen) {
      try {
        const told = await ask(`${this.address}?after=${this.kept.seen}&seconds=${WAIT_SECONDS}`);
        // A service that was started again has forgotten what it sent.
        this.kept.seen = told.seen;
        for (const { text, options, links } of told.items) this.keep({ of: "theirs", text, options, links });
      } catch {
        await new Promise((resume) => setTimeout(resume, 2000));
      }
    }
  }

  close() {
    this.isOpen = false;
    phones.splice(phones.indexOf(this), 1);
    this.element.remove();
    remember();
  }
}

function remember() {
  const open = phones.map(({ name, number, channel }) => [name, number, channel]);
  sessionStorage.setItem("phones", JSON.stringify(open));
}

function phoneOf(name, channel, number = numberOf(name)) {
  const known = phones.find((one) => one.number === number && one.channel === channel);
  if (known) {
    known.element.scrollIntoView({ block: "nearest", inline: "start" });
    return known;
  }
  const phone = new Phone(name, number, channel);
  phones.push(phone);
  remember();
  return phone;
}

function inspect(turn) {
  const facts = make("dl");
  const add = (title, value) => facts.append(make("dt", {}, title), make("dd", {}, value || words.none));
  const trace = turn.trace ?? {};
  add(words.route, turn.route);
  add(words.agent, trace.agent ?? trace.author);
  add(words.time, `${turn.ms} ms`);
  add(words.used, (trace.tools ?? []).map((tool) => (tool.ok ? tool.name : `${tool.name} (${words.failed})`)).join(", "));
  add(words.passages, turn.passages.join(", "));
  add(words.findings, (trace.findings ?? []).map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", "));
  const blocks = [[words.tokens, trace.model], [words.calls, trace.messages]]
    .filter(([, value]) => value && Object.keys(value).length)
    .map(([title, value]) =>
      make("details", {}, make("summary", {}, title), make("pre", { tabindex: "0" }, JSON.stringify(value, null, 1))),
    );
  document.getElementById("inspector").replaceChildren(facts, ...blocks);
}

async function conditions(action) {
  const shown = document.getElementById("conditions");
  try {
    const told = await action();
    if (told.now) shown.textContent = say("clock_at", told.now);
    else {
      const faults = Object.values(told).flat().map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
      shown.textContent = faults.length ? say("faults_now", faults.join(", ")) : words.faults_none;
    }
  } catch (error) {
    shown.textContent = say("problem", error.message);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { journey, clock, fault } = button.dataset;
  if (journey) {
    button.closest("details").open = false;
    const { sender, channel, texts } = setup.journeys[journey];
    const phone = phoneOf(sender, channel);
    for (const text of texts) await phone.act({ do: "say", text }, text);
  } else if (clock) {
    conditions(() => ask("/control/clock", { method: "POST", body: { seconds: Number(clock) } }));
  } else if (fault) {
    const [partner, kind, times] = fault.split(" ");
    conditions(() => ask("/control/faults", { method: "POST", body: { partner, fault: kind, times: Number(times) } }));
  } else if ("clear" in button.dataset) {
    conditions(() => ask("/control/faults", { method: "DELETE" }));
  }
});

document.getElementById("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const { who, on } = event.target.elements;
  phoneOf(who.value.trim(), on.value).text.focus();
  who.value = "";
});

async function begin() {
  const { channels } = await ask("/control/devices");
  document.getElementById("on").append(...channels.map((one) => make("option", { value: one }, one)));
  for (const button of document.querySelectorAll("[data-journey]")) {
    button.parentElement.hidden = !channels.includes(setup.journeys[button.dataset.journey].channel);
  }
  const open = JSON.parse(sessionStorage.getItem("phones") ?? "[]");
  for (const [name, number, channel] of open) phoneOf(name, channel, number);
  if (!phones.length) phoneOf("verified", channels.includes("whatsapp") ? "whatsapp" : channels[0]);
}

begin();
