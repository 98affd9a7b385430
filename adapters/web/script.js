// What a graph was where one points, and a closer look at what one drags over. The page is whole without it.
"use strict";

for (const figure of document.querySelectorAll("figure")) {
  const svg = figure.querySelector("svg[data-graph]");
  if (svg) follow(figure, svg, JSON.parse(svg.dataset.graph));
}

function follow(figure, svg, graph) {
  const line = add(figure, "line"), zoom = add(figure, "zoom"), values = add(figure, "values");
  const columns = Math.max(...graph.series.map(s => s.values.length), 0);
  let start = null;
  hide();

  // share is how far into the plot a pointer is, 0 to 1.
  function share(event) {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    return Math.min(Math.max((x - graph.left) / (graph.right - graph.left), 0), 1);
  }

  function pixels(share) {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return (graph.left + share * (graph.right - graph.left)) * scale;
  }

  function time(share) { return graph.from + share * (graph.to - graph.from); }

  function hide() { line.hidden = zoom.hidden = values.hidden = true; }

  function show(at) {
    if (!columns) return;
    const x = pixels(at), column = Math.min(Math.floor(at * columns), columns - 1);
    line.hidden = values.hidden = false;
    line.style.left = x + "px";
    values.replaceChildren(text("div", clock(graph, time(at))));
    for (const series of graph.series) {
      const value = series.values[column], row = document.createElement("div"), mark = document.createElement("i");
      mark.style.background = series.color;
      row.append(mark, series.name + " " + (value == null ? "–" : format(value) + graph.unit));
      values.append(row);
    }
    const room = figure.clientWidth - values.offsetWidth;
    values.style.left = Math.max(0, Math.min(x > figure.clientWidth / 2 ? x - values.offsetWidth - 8 : x + 8, room)) + "px";
  }

  svg.addEventListener("pointermove", event => {
    const at = share(event);
    show(at);
    if (start === null) return;
    const a = pixels(Math.min(start, at)), b = pixels(Math.max(start, at));
    zoom.hidden = false;
    zoom.style.left = a + "px";
    zoom.style.width = b - a + "px";
  });
  svg.addEventListener("pointerdown", event => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    start = share(event);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointerup", event => {
    if (start === null) return;
    const from = time(Math.min(start, share(event))), to = time(Math.max(start, share(event)));
    start = null;
    zoom.hidden = true;
    if (to - from < 60000) return;
    const address = new URL(location);
    address.searchParams.delete("range");
    address.searchParams.set("from", Math.floor(from / 1000));
    address.searchParams.set("to", Math.ceil(to / 1000));
    location.assign(address);
  });
  svg.addEventListener("pointerleave", () => { if (start === null) hide(); });
}

function add(figure, name) { return figure.appendChild(text("div", "", name)); }

function text(kind, words, name) {
  const element = document.createElement(kind);
  element.textContent = words;
  if (name) element.className = name;
  return element;
}

// clock is a time by the admins' clocks, which may not be those of the browser.
function clock(graph, ms) {
  let ahead = 0;
  for (const [since, seconds] of graph.zones) if (ms >= since) ahead = seconds;
  const at = new Date(ms + ahead * 1000).toISOString();
  return at.slice(0, 10) + " " + at.slice(11, 19);
}

function format(value) {
  const size = Math.abs(value);
  return value.toLocaleString("en", { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 });
}
