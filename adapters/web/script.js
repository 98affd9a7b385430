// What a graph was where one points, and a closer look at what one drags over; by keyboard, arrows and Enter. The page is whole
// without it.
"use strict";

const shortest = 60000; // ms that can be looked at

for (const figure of document.querySelectorAll("figure")) follow(figure, figure.querySelector("img"));

function follow(figure, img) {
  const line = add(figure, "line"), zoom = add(figure, "zoom"), values = add(figure, "values");
  let graph = null, source = "", at = null, start = null, drags = false;
  values.setAttribute("role", "status");
  img.tabIndex = 0;
  img.setAttribute("aria-description", "arrow keys tell values; with Shift they choose a time, which Enter shows");
  hide();

  // read has the data of the picture that is shown; it is another one on another screen.
  async function read() {
    if (!img.complete || !img.naturalWidth || source === img.currentSrc) return;
    source = img.currentSrc;
    graph = null;
    const answer = await fetch(source);
    if (!answer.ok) return;
    const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    graph = JSON.parse(svg.getAttribute("data-graph"));
    graph.width = svg.viewBox.baseVal.width;
    graph.columns = Math.max(...graph.series.map(s => s.values.length), 0);
  }

  function scale() { return img.clientWidth / graph.width; }
  function pixels(share) { return (graph.left + share * (graph.right - graph.left)) * scale(); }
  function time(share) { return graph.from + share * (graph.to - graph.from); }

  // share is how far into the plot a pointer is, 0 to 1.
  function share(event) {
    const x = (event.clientX - img.getBoundingClientRect().left) / scale();
    return clamp((x - graph.left) / (graph.right - graph.left));
  }

  function hide() {
    line.hidden = zoom.hidden = values.hidden = true;
    at = start = null;
    drags = false;
  }

  function show(share) {
    if (!graph.columns) return;
    at = share;
    const x = pixels(at), column = Math.min(Math.floor(at * graph.columns), graph.columns - 1);
    values.replaceChildren(text("div", clock(graph, time(at))), ...graph.series.map(series => {
      const value = series.values[column], row = document.createElement("div"), mark = document.createElement("i");
      mark.style.background = series.color;
      row.append(mark, series.name + " " + (value == null ? "–" : format(value) + graph.unit));
      return row;
    }), ...happened(time(at), 4 / scale() * (graph.to - graph.from) / (graph.right - graph.left)));
    line.hidden = values.hidden = false;
    place(line, x, 1);
    values.style.top = graph.top * scale() + "px";
    const room = figure.clientWidth - values.offsetWidth;
    values.style.left = Math.max(0, Math.min(x > figure.clientWidth / 2 ? x - values.offsetWidth - 10 : x + 10, room)) + "px";
    zoom.hidden = start === null;
    if (start !== null) place(zoom, pixels(Math.min(start, at)), pixels(Math.max(start, at)) - pixels(Math.min(start, at)));
  }

  // happened are the marks so many ms before or after.
  function happened(ms, near) {
    return graph.marks.filter(mark => Math.abs(mark.at - ms) <= near).slice(-8)
      .map(mark => text("div", clock(graph, mark.at).slice(11) + " " + mark.label));
  }

  function place(element, left, width) {
    element.style.left = left + "px";
    element.style.width = width + "px";
    element.style.top = graph.top * scale() + "px";
    element.style.height = (graph.bottom - graph.top) * scale() + "px";
  }

  // look shows what was chosen, if that is long enough.
  function look() {
    const from = time(Math.min(start, at)), to = time(Math.max(start, at));
    hide();
    if (to - from < shortest) return;
    const address = new URL(location);
    address.searchParams.delete("range");
    address.searchParams.set("from", Math.floor(from / 1000));
    address.searchParams.set("to", Math.ceil(to / 1000));
    location.assign(address);
  }

  async function point(event) {
    await read();
    if (graph) show(share(event));
  }

  img.addEventListener("pointerenter", point);
  img.addEventListener("pointermove", point);
  img.addEventListener("pointerdown", async event => {
    const mouse = event.pointerType === "mouse";
    if (mouse && event.button !== 0) return;
    if (mouse && graph) {
      start = share(event);
      drags = true;
      img.setPointerCapture(event.pointerId);
    }
    await point(event);
  });
  img.addEventListener("pointerup", event => {
    if (!drags || start === null) return;
    at = share(event);
    look();
  });
  img.addEventListener("pointercancel", hide);
  img.addEventListener("pointerleave", event => { if (event.pointerType === "mouse" && !drags) hide(); });
  img.addEventListener("blur", hide);
  document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });

  img.addEventListener("keydown", async event => {
    const ways = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };
    const way = ways[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey || way === undefined && event.key !== "Enter") return;
    event.preventDefault();
    await read();
    if (!graph || !graph.columns) return;
    if (way === undefined) {
      if (start !== null) look();
      return;
    }
    const before = at ?? 1;
    if (!event.shiftKey) start = null;
    else start ??= before;
    const last = graph.columns - 1, here = Math.min(Math.floor(before * graph.columns), last);
    const there = at === null && way === -1 ? last : Math.min(Math.max(here + way, 0), last);
    show((there + 0.5) / graph.columns); // the middle of its column
  });
}

function clamp(share) { return Math.min(Math.max(share, 0), 1); }

function add(figure, name) {
  const element = figure.appendChild(document.createElement("div"));
  element.className = name;
  return element;
}

function text(kind, words) {
  const element = document.createElement(kind);
  element.textContent = words;
  return element;
}

// clock is a time by the admins' clocks, which may not be those of the browser.
function clock(graph, ms) {
  let ahead = 0;
  for (const [since, seconds] of graph.zones) if (ms >= since) ahead = seconds;
  const at = new Date(ms + ahead * 1000).toISOString();
  return at.slice(0, 10) + " " + at.slice(11, 19);
}

// format sets apart thousands; the values are rounded already.
function format(value) { return value.toLocaleString("en", { maximumSignificantDigits: 15 }); }
