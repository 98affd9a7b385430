// Visits the page of graphs as people do, in Debian's Chromium, and prints what it saw as a line of JSON each.
import { chromium } from "playwright-core";

const { LINK, HOSTILE, SHOTS } = process.env;
const home = new URL("/graphs", LINK).href;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

const say = (saw, what) => console.log(JSON.stringify({ saw, ...what }));

// visit opens the page by its link, and notes whatever should not be.
async function visit(kind, options) {
  const context = await browser.newContext(options), page = await context.newPage();
  const wrong = [];
  page.on("console", m => wrong.push("console: " + m.text()));
  page.on("pageerror", e => wrong.push("error: " + e));
  page.on("request", r => {
    if (new URL(r.url()).origin !== new URL(LINK).origin) wrong.push("asks elsewhere: " + r.url());
    if ((r.headers().referer ?? "").includes("token")) wrong.push("tells the token: " + r.url());
  });
  await page.addInitScript(() => {
    window.moved = 0;
    new PerformanceObserver(list => { for (const e of list.getEntries()) window.moved += e.value; }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(LINK, { waitUntil: "networkidle" });
  const seen = await page.evaluate(() => ({
    address: location.href,
    history: (window.navigation?.entries() ?? []).map(e => e.url),
    cookie: document.cookie,
    pictures: [...document.images].map(i => [i.naturalWidth, i.alt]),
    sideways: document.documentElement.scrollWidth - innerWidth,
    moved: window.moved ?? 0,
  }));
  say(kind, { ...seen, wrong });
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${kind}.png` });
  return { page, wrong };
}

// plot is where the graph is on the screen.
async function plot(page) {
  const img = page.locator("figure img").first(), box = await img.boundingBox();
  const graph = await img.evaluate(async img => {
    const svg = new DOMParser().parseFromString(await (await fetch(img.currentSrc)).text(), "image/svg+xml").documentElement;
    const graph = JSON.parse(svg.getAttribute("data-graph"));
    return { left: graph.left, right: graph.right, top: graph.top, width: svg.viewBox.baseVal.width };
  });
  const scale = box.width / graph.width;
  const at = share => [box.x + (graph.left + share * (graph.right - graph.left)) * scale, box.y + (graph.top + 20) * scale];
  return { img, at };
}

const shown = async page => (await page.locator(".values:visible").allInnerTexts()).join("\n");

{ // at a desk
  const { page, wrong } = await visit("desk", { viewport: { width: 1280, height: 800 } });
  const { img, at } = await plot(page);
  for (const share of [0.04, 0.29, 0.6, 0.96]) {
    await page.mouse.move(...at(share));
    await page.locator(".values:visible").waitFor();
    say("pointed", { share, text: await shown(page) });
  }
  await page.mouse.move(...at(0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.75), { steps: 5 });
  say("dragging", { zoom: await page.locator(".zoom:visible").count() });
  await page.keyboard.press("Escape");
  await page.mouse.up();
  say("escaped", { zoom: await page.locator(".zoom:visible").count(), address: page.url() });

  await page.mouse.move(...at(0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.75), { steps: 5 });
  await Promise.all([page.waitForURL(/from=/), page.mouse.up()]);
  await page.waitForLoadState("networkidle");
  say("zoomed", { address: page.url() });

  await page.goto(home, { waitUntil: "networkidle" });
  await img.focus();
  await page.keyboard.press("Home");
  await page.locator(".values:visible").waitFor();
  say("first", { text: await shown(page) });
  await page.keyboard.press("End");
  say("last", { text: await shown(page) });
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.press("Shift+PageUp");
  await Promise.all([page.waitForURL(/from=/), page.keyboard.press("Enter")]);
  say("chosen", { address: page.url() });

  await page.locator("summary").click();
  await page.locator("input[name=from]").fill("2026-03-13T10:30");
  await page.locator("input[name=to]").fill("2026-03-13T11:30");
  await Promise.all([page.waitForURL(/10%3A30/), page.locator("button").click()]);
  say("asked", { text: await page.locator("header p").innerText() });

  const figures = page.locator("figure");
  await page.goto(home + "?g=" + encodeURIComponent(HOSTILE), { waitUntil: "networkidle" });
  await page.mouse.move(...(await plot(page)).at(0.5));
  await page.locator(".values:visible").waitFor();
  say("hostile", { text: await shown(page), figures: await figures.count(), wrong });
}
{ // on a phone
  const { page, wrong } = await visit("phone", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  await page.touchscreen.tap(...(await plot(page)).at(0.29));
  await page.locator(".values:visible").waitFor();
  const box = await page.locator(".values:visible").boundingBox();
  say("tapped", { text: await shown(page), inside: box.x >= 0 && box.x + box.width <= 390, wrong });
}
await visit("bare", { javaScriptEnabled: false });
await browser.close();
say("end", {});
