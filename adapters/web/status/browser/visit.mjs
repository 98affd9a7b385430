// Visits pages as people do, in Debian's Chromium, has axe-core look for what keeps people out, and prints what it saw as a line of
// JSON each. VISITS has one a line: a name, an address, and how to look: "dark", "phone", "fr", "bare" for no JavaScript, "print", "keys" for the way of who has no mouse.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const { VISITS, SHOTS } = process.env;
const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

for (const visit of VISITS.split("\n")) {
  const [name, address, ...how] = visit.split(" ");
  const phone = how.includes("phone"), bare = how.includes("bare");
  const context = await browser.newContext({
    colorScheme: how.includes("dark") ? "dark" : "light",
    locale: how.includes("fr") ? "fr-FR" : "en-GB",
    viewport: phone ? { width: 360, height: 740 } : { width: 1280, height: 900 },
    deviceScaleFactor: phone ? 2 : 1,
    javaScriptEnabled: !bare,
  });
  const page = await context.newPage(), wrong = [];
  let bytes = 0;
  page.on("console", m => { if (!(m.text().includes("404") && how.includes("gone"))) wrong.push("console: " + m.text()); });
  page.on("pageerror", e => wrong.push("error: " + e));
  page.on("request", r => { if (new URL(r.url()).origin !== new URL(address).origin) wrong.push("asks elsewhere: " + r.url()); });
  const bodies = [];
  page.on("response", r => bodies.push(r.body().then(b => { bytes += b.length; }, () => {})));
  page.on("dialog", d => { wrong.push("dialog: " + d.message()); d.dismiss(); });
  const response = await page.goto(address, { waitUntil: "load" });
  if (how.includes("print")) await page.emulateMedia({ media: "print" });
  await Promise.all(bodies);
  const seen = await page.evaluate(() => {
    const beyond = [...document.body.querySelectorAll("*")].filter(e => {
      if (e.closest(".scale")) return false; // it is not shown
      const box = e.getBoundingClientRect();
      return box.width > 0 && box.right > innerWidth + 1;
    });
    return {
      lang: document.documentElement.lang,
      title: document.title,
      text: document.body.innerText,
      sideways: document.documentElement.scrollWidth - innerWidth,
      beyond: beyond.slice(0, 3).map(e => e.outerHTML.slice(0, 200)),
      elements: [...new Set([...document.querySelectorAll("*")].map(e => e.localName))].sort(),
      background: getComputedStyle(document.body).backgroundColor,
    };
  });
  const keys = [];
  if (how.includes("keys")) { // the way of who has no mouse
    for (const key of ["Tab", "Enter", "Tab", "Tab", "Tab", "Tab", "Enter"]) {
      await page.keyboard.press(key);
      keys.push(await page.evaluate(() => {
        const e = document.activeElement, box = e.getBoundingClientRect();
        const shown = box.left >= 0 && box.top >= 0 && box.width > 0 && getComputedStyle(e).outlineStyle;
        return [e.localName, e.textContent.trim().slice(0, 40), shown, e.parentElement.open ?? ""].join(" | ");
      }));
    }
  }
  let faults = [];
  if (!bare) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
    faults = violations.map(v => `${v.impact} ${v.id}: ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`);
  }
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  console.log(JSON.stringify({ saw: name, status: response.status(), bytes, cookies: (await context.cookies()).length, ...seen, keys, wrong, faults }));
  await context.close();
}
await browser.close();
console.log(JSON.stringify({ saw: "end" }));
