// Draws a Slack message from its blocks: node draw.mjs <message.json> <picture.png>. Needs Chromium (CHROMIUM, else on the PATH).
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { Message } from "slack-blocks-to-jsx";

const [from, to] = process.argv.slice(2);
if (!from || !to) throw new Error("usage: node draw.mjs <message.json> <picture.png>");

const { blocks, people = {}, at } = JSON.parse(readFileSync(from, "utf8"));
const css = readFileSync(
  fileURLToPath(import.meta.resolve("slack-blocks-to-jsx/dist/style.css")),
  "utf8",
);
const logo =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='36' height='36'%3E%3Crect width='36' height='36' rx='6' fill='%231264a3'/%3E%3Cpath d='M8 26l6-10 5 6 9-14' stroke='white' stroke-width='3' fill='none'/%3E%3C/svg%3E";
// In Slack `verbatim` keeps addresses and names from becoming links; the renderer takes it for "no markup at all".
const drawable = (value) =>
  JSON.parse(JSON.stringify(value, (key, one) => (key === "verbatim" ? undefined : one)));
const message = createElement(Message, {
  blocks: drawable(blocks),
  logo,
  name: "mlpipeline",
  time: new Date(at),
  data: { users: Object.entries(people).map(([id, name]) => ({ id, name })) },
});
const html = `<!doctype html><meta charset="utf-8"><style>${css}</style><body style="margin:0;background:#fff"><main style="padding:16px;width:640px">${renderToStaticMarkup(message)}</main></body>`;

const found = () =>
  execFileSync("sh", ["-c", "command -v chromium || command -v google-chrome"], {
    encoding: "utf8",
  }).trim();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? found(),
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 700, height: 800, deviceScaleFactor: 1 });
  await page.setContent(html);
  const main = await page.$("main");
  await main.screenshot({ path: to });
} finally {
  await browser.close();
}
