"use strict";

const REFRESH = 1000; // milliseconds between two looks for new messages
const PATIENCE = 10000; // milliseconds to wait for an answer
const SHOWN = 300; // messages in the window; older ones are taken out

const find = (id) => document.getElementById(id);
const form = find("form");
const field = find("message");
const scroller = find("scroller");
const list = find("messages");

let newest = 0; // the number of the last message we have got
let last = null; // that message, and null at first
let timer = null; // the next refresh, while one is planned
let refreshing = false;
let atEnd = true; // whether the end of the conversation is in view
let sending = Promise.resolve(); // done when what we have sent last is known to be ours
let sent = 0; // the number of the last message we have sent

// Every window is a person of its own: it remembers the name and which messages it has sent.
const mine = new Set(JSON.parse(sessionStorage.getItem("mine") || "[]"));
find("name").value = sessionStorage.getItem("name") || "";

// ---- asking the server

async function ask(url, options = {}) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) {
    throw new Error(`The server answered ${response.status} ${response.statusText}.`);
  }
  return response.json();
}

async function refresh() {
  if (refreshing) {
    return;
  }
  clearTimeout(timer);
  refreshing = true;
  let pause = REFRESH;
  try {
    const messages = await ask(`/messages?after=${newest}`);
    await sending; // our own message may be among them
    show(messages);
    setStatus("Connected", true);
    if (newest < sent) {
      pause = 0; // it is not: it was sent after we had asked
    }
  } catch {
    setStatus("Reconnecting …", false);
  }
  refreshing = false;
  if (!document.hidden) {
    timer = setTimeout(refresh, pause);
  }
}

async function send(text, body) {
  try {
    const saved = await ask("/message", { method: "POST", body });
    sent = saved.id;
    mine.add(sent);
    sessionStorage.setItem("mine", JSON.stringify([...mine].slice(-SHOWN)));
    find("problem").hidden = true;
    atEnd = true;
    refresh();
  } catch (error) {
    // What was written goes back into the field, so that it can be sent again.
    field.value = text + field.value;
    find("problem").textContent = `Not sent. ${error.message}`;
    find("problem").hidden = false;
  }
}

// ---- showing the messages

function show(messages) {
  for (const message of messages) {
    if (dayOf(message) !== dayOf(last)) {
      list.append(dayLine(message));
    }
    list.append(bubble(message));
    newest = message.id;
    last = message;
  }
  while (list.children.length > SHOWN) {
    list.firstElementChild.remove();
  }
  find("empty").hidden = newest > 0;
  if (messages.length > 0) {
    find("newer").hidden = atEnd;
    stayAtEnd();
  }
}

function stayAtEnd() {
  if (atEnd) {
    scroller.scrollTop = scroller.scrollHeight;
  }
}

function bubble(message) {
  const item = find("message-template").content.cloneNode(true).firstElementChild;
  const part = (selector) => item.querySelector(selector);
  const who = message.name || message.address;
  // textContent, never innerHTML: whatever people write is shown as text, also <script>.
  part(".avatar").textContent = [...who][0] || "?";
  part(".name").textContent = who;
  part(".address").textContent = message.name ? message.address : "";
  part(".text").textContent = message.message;
  const time = new Date(message.time * 1000);
  part("time").dateTime = time.toISOString();
  part("time").textContent = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  item.style.setProperty("--hue", hueOf(who + message.address));
  item.classList.toggle("mine", mine.has(message.id));
  item.classList.toggle("same", isSamePerson(message, last));
  return item;
}

function dayLine(message) {
  const line = document.createElement("li");
  line.className = "day";
  line.textContent = dayOf(message);
  return line;
}

function dayOf(message) {
  const options = { weekday: "long", day: "numeric", month: "long" };
  return message && new Date(message.time * 1000).toLocaleDateString([], options);
}

function isSamePerson(message, other) {
  return (
    other !== null &&
    message.name === other.name &&
    message.address === other.address &&
    mine.has(message.id) === mine.has(other.id) &&
    dayOf(message) === dayOf(other)
  );
}

// A colour for each person, always the same: a number from 0 to 359, made of the letters.
function hueOf(text) {
  let hue = 0;
  for (const character of text) {
    hue = (hue * 31 + character.codePointAt(0)) % 360;
  }
  return hue;
}

function setStatus(text, connected) {
  const status = find("status");
  if (status.textContent !== text) {
    status.textContent = text; // only when it changes: a screen reader reads it out
    status.classList.toggle("connected", connected);
  }
}

// ---- what people do

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (text) {
    const body = new FormData(form);
    field.value = "";
    sending = sending.then(() => send(text, body)); // one after the other, in the order written
  }
});

field.addEventListener("keydown", (event) => {
  // Enter sends, Shift+Enter starts a new line. While somebody puts a Chinese or Japanese word
  // together, Enter belongs to that word.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

find("name").addEventListener("change", () => {
  sessionStorage.setItem("name", find("name").value);
});

find("newer").addEventListener("click", () => {
  atEnd = true;
  stayAtEnd();
});

scroller.addEventListener("scroll", () => {
  atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  if (atEnd) {
    find("newer").hidden = true;
  }
});

// The keyboard of a phone, or a long message in the making, takes room from the conversation.
new ResizeObserver(stayAtEnd).observe(scroller);

// Nobody looks at a hidden window: it asks for nothing until it is seen again.
document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden) {
    refresh();
  }
});

refresh();
