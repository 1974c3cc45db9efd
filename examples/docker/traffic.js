// Clients of the shop: quick and slow ones, some who want what is not there, who leave early, or who never finish.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const target = process.env.TARGET ?? 'http://localhost:8080';
const random = (below) => Math.floor(Math.random() * below);
const oneOf = (...choices) => choices[random(choices.length)];

function send(path, { method = 'GET', patienceMs = 10_000 } = {}) {
  const headers = {
    'x-forwarded-for': `203.0.113.${1 + random(5) * random(5)}`,
    'content-type': 'application/json',
  };
  const sent = request(new URL(path, target), { method, headers }, (response) => response.resume());
  sent.setTimeout(patienceMs, () => sent.destroy());
  // A client that leaves, and a service that is not there yet, are part of the story.
  sent.on('error', () => undefined);
  return sent;
}

for (let second = 0; ; second++) {
  for (let i = 0; i < 5; i++) send(`/orders/${random(100)}?wait_ms=${random(40)}`).end();
  send(
    `/items/${oneOf('lamp', 'chair', 'desk')}?wait_ms=${random(200)}&status=${oneOf(200, 200, 404)}`,
  ).end();
  send(oneOf('/nowhere', '/favicon.ico', '/wp-login.php')).end();
  if (second % 5 === 0) send('/reports/2026?wait_ms=1500').end();
  if (second % 7 === 0) send(`/orders/${random(100)}?status=${oneOf(500, 503)}`).end();
  if (second % 11 === 0) send('/reports/2025?wait_ms=3000', { patienceMs: 200 }).end();
  // Announces a body and never sends it.
  if (second % 17 === 0) send('/orders', { method: 'POST' }).write('{');
  // More than the rate limit lets through.
  if (second % 30 === 0) for (let i = 0; i < 300; i++) send(`/orders/${random(100)}`).end();
  await sleep(1_000);
}
