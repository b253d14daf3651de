"use strict";
// The door of an event: what was scanned goes to the server while the page stays; without a line it waits and is sent
// again with the same key; the camera reads codes where the browser can, or a reader that is loaded for it (jsQR, in
// vendor/). Without this file the form does it all.

const form = document.querySelector(".door-form");
const field = form.elements.said;
const told = document.getElementById("door-told");
const words = form.dataset;
const store = `door:${location.pathname}`;
const REPLACED = ["door-standing", "door-lists"];
let waiting = JSON.parse(sessionStorage.getItem(store) ?? "[]");
let isSending = false;

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function keep() {
  if (waiting.length) sessionStorage.setItem(store, JSON.stringify(waiting));
  else sessionStorage.removeItem(store);
  const line = document.getElementById("door-waiting");
  line.hidden = !waiting.length;
  line.textContent = words.waiting.replace("#", waiting.length);
}

// The page that the server answers; null: no line. What is refused or leads elsewhere (signed out) opens the page anew,
// once: the same answer again takes the scan out of those that wait.
async function send(said, key) {
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, said, door_key: key });
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (!answer) return null;
  const text = await answer.text().catch(() => null);
  if (text === null) return null;
  if (answer.status >= 500) return null;
  if (!answer.ok || new URL(answer.url).pathname !== location.pathname) {
    if (sessionStorage.getItem("door-refused") === key) return { page: null };
    sessionStorage.setItem("door-refused", key);
    location.reload();
    return null;
  }
  return { page: new DOMParser().parseFromString(text, "text/html"), url: answer.url };
}

function show({ page, url }) {
  if (!page) return;
  sing(page);
  for (const id of REPLACED) document.getElementById(id).replaceWith(document.importNode(page.getElementById(id), true));
  history.replaceState(null, "", url);
  document.title = page.title;
  field.value ||= page.getElementById("said")?.value ?? "";
  form.elements.door_key.value = page.querySelector(".door-form")?.elements.door_key.value ?? newKey();
  field.focus();
}

// A high tone for whoever may come in, a low and longer one for everything else; silent where the browser wants it so.
let sound = null;
function sing(page) {
  const result = page.getElementById("result");
  if (!result || !navigator.userActivation?.hasBeenActive) return;
  sound ??= new AudioContext();
  const isWelcome = result.classList.contains("door-welcome");
  const tone = new OscillatorNode(sound, { frequency: isWelcome ? 880 : 220 });
  tone.connect(new GainNode(sound, { gain: 0.2 })).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + (isWelcome ? 0.12 : 0.4));
}

async function submit(said) {
  const key = form.elements.door_key.value;
  field.value = "";
  form.elements.door_key.value = newKey();
  const answer = waiting.length ? null : await send(said, key);
  if (answer) { if (!answer.page) note(said, null); show(answer); return; }
  waiting.push({ said, key });
  keep();
}

function note(said, page) {
  const result = page?.getElementById("result");
  const line = document.createElement("li");
  const title = result?.querySelector("h2")?.textContent ?? words.look;
  const name = result?.querySelector(".door-name")?.textContent ?? said;
  line.textContent = `${title}: ${name}`;
  told.prepend(line);
  document.getElementById("door-sent").hidden = false;
}

async function sendWaiting() {
  if (isSending || !waiting.length) return;
  isSending = true;
  let last = null;
  while (waiting.length) {
    const { said, key } = waiting[0];
    const answer = await send(said, key);
    if (!answer) break;
    waiting.shift();
    keep();
    note(said, answer.page);
    last = answer;
  }
  isSending = false;
  if (last) show(last);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = field.value.trim();
  if (said) submit(said);
});
addEventListener("online", sendWaiting);
setInterval(sendWaiting, 5000);
keep();
sendWaiting();

// --- the camera

const AGAIN_AFTER = 4000;
const MOST_PIXELS_ACROSS = 640;

// What reads a picture of the camera: a function from the video to the code in it, or "".
async function reader() {
  const known = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  if (known.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? "";
  }
  if (!("jsQR" in window)) await load(words.reader);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (!video.videoWidth) return "";
    const scale = Math.min(1, MOST_PIXELS_ACROSS / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}

function load(address) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    script.src = address;
    document.head.append(script);
  });
}

async function scan(button, video) {
  const read = await reader().catch(() => null);
  if (!read) { button.textContent = words.noReader; return; }
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) { button.textContent = words.noCamera; return; }
  const lock = await navigator.wakeLock?.request("screen").catch(() => null);
  let seen = "", seenAt = 0, isOn = true;
  const stop = () => {
    isOn = false;
    for (const track of stream.getTracks()) track.stop();
    lock?.release();
    video.hidden = true;
    button.textContent = words.camera;
    sessionStorage.removeItem("door-camera");
  };
  button.addEventListener("click", stop, { once: true });
  button.textContent = words.cameraOff;
  sessionStorage.setItem("door-camera", "on");
  video.srcObject = stream;
  video.hidden = false;
  video.play().catch(() => null);
  while (isOn) {
    const code = await read(video);
    if (isOn && code && (code !== seen || Date.now() - seenAt > AGAIN_AFTER)) {
      navigator.vibrate?.(60);
      await submit(code);
    }
    if (code) { seen = code; seenAt = Date.now(); }
    await new Promise((done) => { setTimeout(done, 200); });
  }
}

if (navigator.mediaDevices) {
  const frame = document.getElementById("door-camera");
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.hidden = true;
  video.setAttribute("aria-label", words.camera);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary";
  button.textContent = words.camera;
  button.addEventListener("click", () => { if (video.hidden) scan(button, video); });
  frame.append(video, button);
  if (sessionStorage.getItem("door-camera")) scan(button, video);
}
