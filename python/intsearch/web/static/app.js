"use strict";

const element = (id) => document.getElementById(id);
const settings = element("settings");
const stage = element("stage");
const SVG = "http://www.w3.org/2000/svg";

let image = null; // {file, title, width, height} of the photograph on the stage
let box = null; // {x, y, w, h} in its pixels
let shown = 0; // photographs in the gallery
let latest = 0; // number of the latest search: answers that come late are dropped

// Requests ------------------------------------------------------------------

async function ask(path, parameters) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`);
  const body = await response.json().catch(() => ({ error: `the server answers with ${response.status}` }));
  if (!response.ok) throw new Error(body.error);
  return body;
}

function report(text, isBad = false) {
  element("status").textContent = text;
  element("status").classList.toggle("bad", isBad);
}

const pictureUrl = (file, side) => `/picture?${new URLSearchParams({ file, side })}`;

// The box -------------------------------------------------------------------

function showBox() {
  for (const id of ["box", "box-dark"]) {
    const rect = element(id);
    rect.style.display = box ? "" : "none";
    if (!box) continue;
    for (const [name, value] of Object.entries({ x: box.x, y: box.y, width: box.w, height: box.h })) rect.setAttribute(name, value);
  }
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function pixelOf(event) {
  const place = stage.getBoundingClientRect();
  return {
    x: clamp(((event.clientX - place.left) / place.width) * image.width, 0, image.width),
    y: clamp(((event.clientY - place.top) / place.height) * image.height, 0, image.height),
  };
}

const whole = (value) => Math.round(value);

function boxBetween(a, b) {
  const x = whole(Math.min(a.x, b.x)), y = whole(Math.min(a.y, b.y));
  return { x, y, w: whole(Math.max(a.x, b.x)) - x, h: whole(Math.max(a.y, b.y)) - y };
}

stage.addEventListener("pointerdown", (down) => {
  if (!image || down.button > 0) return;
  const start = pixelOf(down);
  stage.setPointerCapture(down.pointerId);
  const move = (event) => {
    box = boxBetween(start, pixelOf(event));
    showBox();
  };
  const end = (event) => {
    stage.removeEventListener("pointermove", move);
    stage.removeEventListener("pointerup", end);
    stage.removeEventListener("pointercancel", end);
    if (event.type === "pointerup") {
      move(event);
      search();
    }
  };
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
});

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

stage.addEventListener("keydown", (event) => {
  if (!image) return;
  if (event.key === "Enter") {
    event.preventDefault();
    search();
    return;
  }
  if (!(event.key in ARROWS)) return;
  event.preventDefault();
  const step = Math.max(1, whole(Math.max(image.width, image.height) / 50));
  const [right, down] = ARROWS[event.key];
  if (!box) {
    box = { x: whole(image.width / 3), y: whole(image.height / 3), w: whole(image.width / 3), h: whole(image.height / 3) };
  } else if (event.shiftKey) {
    box.w = clamp(box.w + right * step, 1, image.width - box.x);
    box.h = clamp(box.h + down * step, 1, image.height - box.y);
  } else {
    box.x = clamp(box.x + right * step, 0, image.width - box.w);
    box.y = clamp(box.y + down * step, 0, image.height - box.h);
  }
  showBox();
});

// The search ----------------------------------------------------------------

function parameters() {
  return { file: image.file, ...box, ...Object.fromEntries(new FormData(settings)) };
}

function showAnswers(cards, sql = null) {
  element("answers").replaceChildren(...cards);
  element("found").hidden = cards.length === 0;
  element("sql").textContent = sql;
  element("statement").hidden = sql === null;
}

// A link is asked as it is, so that the server says what is wrong in it.
async function search(link = null) {
  if (!box) {
    report("Draw a box first.", true);
    return;
  }
  const number = ++latest;
  const asked = { ...parameters(), ...link };
  report("Searching …");
  if (!link) history.pushState(null, "", `?${new URLSearchParams(asked)}`);
  try {
    const found = await ask("/api/search", asked);
    if (number !== latest) return;
    showAnswers(found.answers.map((answer, rank) => answerCard(answer, rank + 1, asked)), found.sql);
    report(`${found.answers.length} answers in ${found.milliseconds.toFixed(0)} ms, by ${found.index ? "the index" : "the exact scan"}`);
  } catch (error) {
    if (number !== latest) return;
    showAnswers([]);
    report(error.message, true);
  }
}

settings.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

settings.addEventListener("change", (event) => {
  if (event.target.name === "filter") loadGallery(true);
  if (box && settings.reportValidity()) search();
});

element("copy").addEventListener("click", async () => {
  const text = element("sql").textContent;
  try {
    await navigator.clipboard.writeText(text);
    report("Copied.");
  } catch {
    getSelection().selectAllChildren(element("sql"));
    report("Selected: press Ctrl+C.");
  }
});

// Pictures ------------------------------------------------------------------

function tag(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, attributes);
  made.append(...children);
  return made;
}

function svgTag(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function answerCard(answer, rank, asked) {
  const { width, height } = answer;
  const drawing = svgTag("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${answer.title}, with the box that was found` });
  drawing.append(svgTag("image", { href: pictureUrl(answer.file, 480), width, height }));
  for (const kind of ["found-dark", "found"])
    drawing.append(svgTag("rect", { class: kind, x: answer.x, y: answer.y, width: answer.box_width, height: answer.box_height }));
  const heat = tag("button", { type: "button", textContent: "Heat map" });
  heat.setAttribute("aria-pressed", "false");
  heat.addEventListener("click", () => toggleHeat(heat, drawing, answer, asked));
  const open = tag("button", { type: "button", textContent: "Open" });
  open.addEventListener("click", () => openImage(answer));
  const card = tag("article", { className: "card" },
    tag("div", { className: "view" }, drawing),
    tag("div", { className: "text" }, tag("b", { textContent: `${rank}. ${answer.title}` }),
      tag("div", { className: "score", textContent: `score ${answer.score.toFixed(4)}` }),
      tag("div", { className: "row" }, heat, open)));
  card.dataset.file = answer.file;
  return card;
}

async function toggleHeat(button, drawing, answer, asked) {
  const old = drawing.querySelector(".heat");
  button.setAttribute("aria-pressed", String(!old));
  if (old) {
    old.remove();
    return;
  }
  try {
    const { similarities } = await ask("/api/heat", { ...asked, in: answer.file });
    drawing.querySelector("image").after(svgTag("image", {
      class: "heat", href: heatPicture(similarities), width: answer.width, height: answer.height, preserveAspectRatio: "none", opacity: 0.65,
    }));
  } catch (error) {
    report(error.message, true);
  }
}

// From dark blue, the least similar cell, over red to yellow, the most similar; cells of zeros are clear.
function heatPicture(similarities) {
  const values = similarities.flat().filter((value) => value !== null);
  const low = Math.min(...values), range = Math.max(...values) - low || 1;
  const canvas = tag("canvas", { width: similarities[0].length, height: similarities.length });
  const context = canvas.getContext("2d");
  similarities.forEach((row, y) => row.forEach((value, x) => {
    if (value === null) return;
    const t = (value - low) / range;
    context.fillStyle = `hsl(${whole(240 + 180 * t) % 360} 90% ${whole(18 + 40 * t)}%)`;
    context.fillRect(x, y, 1, 1);
  }));
  return canvas.toDataURL();
}

function galleryCard(row) {
  const card = tag("button", { type: "button", className: "card" },
    tag("div", { className: "view" }, tag("img", { src: pictureUrl(row.file, 480), alt: "", loading: "lazy" })),
    tag("div", { className: "text", textContent: row.title }));
  card.dataset.file = row.file;
  card.addEventListener("click", () => openImage(row));
  return card;
}

async function loadGallery(isNew) {
  if (isNew) {
    shown = 0;
    element("gallery").replaceChildren();
  }
  const filter = settings.elements.filter.value;
  const { images, more } = await ask("/api/images", { ...(shown ? { first: shown } : {}), ...(filter ? { filter } : {}) });
  element("gallery").append(...images.map(galleryCard));
  shown += images.length;
  element("more").hidden = !more;
}

element("more").addEventListener("click", () => loadGallery(false));

// What is shown -------------------------------------------------------------

function putOnStage(row) {
  image = row;
  box = null;
  element("photo").src = pictureUrl(row.file, 1200);
  element("photo").alt = row.title;
  element("photo-title").textContent = row.title;
  element("drawing").setAttribute("viewBox", `0 0 ${row.width} ${row.height}`);
  element("drawing").setAttribute("preserveAspectRatio", "none");
  element("ask").hidden = false;
  showAnswers([]);
  report("");
  showBox();
}

function openImage(row) {
  latest++;
  putOnStage(row);
  history.pushState(null, "", `?${new URLSearchParams({ file: row.file })}`);
  stage.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

// A link holds the photograph, the box and the settings.
async function openAddress() {
  const address = new URLSearchParams(location.search);
  latest++;
  for (const name of ["pooling", "aspect", "smallest", "filter"])
    if (address.has(name)) settings.elements[name].value = address.get(name);
  if (!address.has("file")) {
    element("ask").hidden = true;
    showAnswers([]);
    return;
  }
  try {
    putOnStage(await ask("/api/image", { file: address.get("file") }));
  } catch (error) {
    element("lead").textContent = error.message;
    return;
  }
  const [x, y, w, h] = ["x", "y", "w", "h"].map((name) => parseFloat(address.get(name)));
  if ([x, y, w, h].every(Number.isFinite)) {
    box = { x, y, w, h };
    showBox();
    await search(Object.fromEntries(address));
  }
}

addEventListener("popstate", openAddress);

(async () => {
  try {
    const { name, values } = await ask("/api/filters", {});
    if (name) {
      element("filter-name").textContent = name;
      settings.elements.filter.append(...values.map((value) => tag("option", { value, textContent: value })));
      element("filter-label").hidden = false;
    }
    await openAddress();
    await loadGallery(true);
  } catch (error) {
    element("lead").textContent = error.message;
  }
})();
