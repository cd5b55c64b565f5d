// Keeps the page fresh: asks for its parts and replaces those that changed.
"use strict";

const EVERY_MS = 1000;
const shown = {};

function place(name, html) {
  const region = document.querySelector(`[data-region="${name}"]`);
  if (!region || shown[name] === html) return;
  const selection = document.getSelection();
  if (!selection.isCollapsed && region.contains(selection.anchorNode)) return; // being copied
  const open = new Map(); // what is new opens as the server says
  for (const each of region.querySelectorAll("details")) open.set(each.dataset.key, each.open);
  const focused = region.contains(document.activeElement) && document.activeElement.dataset.key;
  const top = region.scrollTop;
  region.innerHTML = html; // escaped by the server
  for (const each of region.querySelectorAll("details")) {
    if (open.has(each.dataset.key)) each.open = open.get(each.dataset.key);
  }
  for (const each of region.querySelectorAll("[data-key]")) {
    if (focused && each.dataset.key === focused) each.focus();
  }
  region.scrollTop = top;
  shown[name] = html;
}

async function refresh() {
  try {
    const answer = await fetch("/state");
    if (!answer.ok) throw new Error(`the playground answers ${answer.status}`);
    const regions = await answer.json();
    for (const name of Object.keys(regions)) place(name, regions[name]);
    document.body.classList.remove("gone");
  } catch (trouble) {
    document.body.classList.add("gone");
  }
}

function say(text, good) {
  const notice = document.getElementById("notice");
  notice.textContent = text;
  notice.className = good ? "good" : "bad";
  notice.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { notice.hidden = true; }, good ? 4000 : 12000);
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const fields = new FormData(form);
  if (event.submitter && event.submitter.name) {
    fields.append(event.submitter.name, event.submitter.value);
  }
  try {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json" },
    });
    const told = await answer.json();
    say(told.said, answer.ok);
    if (answer.ok && told.next_name) form.elements.namedItem("name").value = told.next_name;
  } catch (trouble) {
    say(`The playground does not answer: ${trouble.message}`, false);
  }
  refresh();
});

function theme(name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem("theme", name);
}

document.getElementById("theme").addEventListener("click", () => {
  const now = document.documentElement.dataset.theme;
  const dark = now === "dark" || (now === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  theme(dark ? "light" : "dark");
});
if (document.documentElement.dataset.theme === "auto" && localStorage.getItem("theme")) {
  theme(localStorage.getItem("theme"));
}

for (const tab of document.querySelectorAll('input[name="tab"]')) {
  if (location.hash === `#${tab.id.slice(4)}`) tab.checked = true;
  tab.addEventListener("change", () => history.replaceState(null, "", `#${tab.id.slice(4)}`));
}

function tick() {
  document.getElementById("clock").textContent = `${new Date().toISOString().slice(11, 19)} UTC`;
}

tick();
setInterval(tick, 1000);
refresh();
setInterval(refresh, EVERY_MS);
