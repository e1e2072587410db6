"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const MAX = 64 * 1024 * 1024;
  const pinned = JSON.parse($("pinned").textContent);
  let lang = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  let last = null; // the newest answer, shown anew when the language changes
  let file = null; // the bytes that it is of
  let turn = 0; // of the newest check: an older one that ends later shows nothing

  const say = (key, ...args) => key.split(".").reduce((w, k) => w[k] ?? "", WORDS[lang]).replace(/\{(\d)\}/g, (_, i) => String(args[i]));

  // el builds an element; what is given as a child is text unless it is an element, so nothing of a file becomes markup.
  function el(name, attributes, ...children) {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attributes || {})) e.setAttribute(k, v);
    e.append(...children);
    return e;
  }

  async function bytesOfWasm() {
    const packed = Uint8Array.from(atob($("wasm").textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  let started = null;
  function verifier() {
    started ??= (async () => {
      const go = new Go();
      const { instance } = await WebAssembly.instantiate(await bytesOfWasm(), go.importObject);
      go.run(instance);
    })();
    return started;
  }

  // One key alone is a whole policy: a log without witnesses.
  function keysText() {
    if (typeof pinned === "string") return pinned;
    const text = $("keys").value;
    return /^[^\s+]+\+[0-9a-fA-F]{8}\+[A-Za-z0-9+/=]+\s*$/.test(text) ? "log " + text.trim() + "\nquorum none\n" : text;
  }

  async function check() {
    const mine = ++turn;
    if (!file) return;
    const box = $("result");
    box.hidden = false;
    box.dataset.verdict = "";
    if (!keysText().trim()) {
      box.replaceChildren(el("p", {}, say("needKeys")));
      return;
    }
    box.replaceChildren(el("p", {}, say("working")));
    let answer;
    try {
      await verifier();
      answer = JSON.parse(globalThis.tallystickVerify(file, keysText(), $("fingerprint").value));
    } catch (e) {
      answer = { proved: false, step: "file", problem: String(e) };
    }
    if (mine !== turn) return;
    last = answer;
    show();
    box.focus();
  }

  function list(lines) {
    return el("ul", {}, ...lines.filter(Boolean).map((l) => el("li", {}, l)));
  }

  function whenNotProved(d) {
    if (d.stamps.length) return say("whenStamped");
    const text = d.unchecked ? say("whenUnchecked", d.unchecked) : say("whenNot");
    return d.witnesses.length ? text + " " + say("whenWitnesses") : text;
  }

  function table(lines) {
    return el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("fact")), el("th", { scope: "col" }, say("is")))),
      el("tbody", {}, ...lines.map((l) => el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, l.path)),
        el("td", { class: "v" }, el("bdi", {}, l.value), (l.with ? "  " + say("with", l.with) : "") + (l.sealed ? ", " + say("sealed") : ""))))));
  }

  function receipt(r) {
    const row = (name, value) => (value ? el("tr", {}, el("th", { scope: "row" }, say(name)), el("td", {}, el("bdi", {}, value))) : "");
    return el("div", {}, el("h3", {}, say("receipt")), el("table", {}, el("tbody", {}, row("rInsurer", r.insurer), row("rClaim", r.claim), row("rRevision", r.revision),
      row("rReported", r.reported), row("rDecided", r.decided), row("rOutcome", WORDS[lang].outcomes[r.outcome] || r.outcome), row("rDelay", spoken(r.delay)))));
  }

  // The verifier's "3 days" and "2 hours 5 minutes" in the reader's language.
  const spoken = (delay) => (lang === "zh" ? delay.replace(" days", " 天").replace(" hours ", " 小时 ").replace(" minutes", " 分钟") : delay);

  function documentOf(d) {
    return el("div", {}, d.name ? el("h3", {}, say("document", d.name)) : "",
      d.receipt ? receipt(d.receipt) : "",
      table(d.lines),
      list([
        !d.hidden && !d.parties && say("allValues"),
        say("inRecord", d.commitment), say("inBatch", d.entry, d.entries, d.batch, d.origin), say("signed", d.key, d.size),
        !d.quorum && say("unwitnessed"), ...d.witnesses.map((w) => say("witnessed", w.name, w.key, w.at)), d.quorum && say("quorum", d.witnesses.length, d.quorum),
        ...d.stamps.map((s) => say("stamped", s.before, s.by, s.issuer)),
      ]),
      el("div", { class: "not" }, el("h3", {}, say("notProved")), list([
        d.hidden && say("notHidden", d.hidden), d.parties && say("notParties", d.parties), say("notTrue"), say("notLatest"),
        say("notPlace", d.stated[0], d.stated[1]), !d.witnesses.length && say("notSame"), whenNotProved(d),
      ])));
  }

  function show() {
    const a = last, box = $("result");
    if (!a) return;
    box.dataset.verdict = a.proved ? "proved" : "failed";
    box.dataset.step = a.step || "";
    box.dataset.text = a.text || "";
    if (!a.proved) {
      box.replaceChildren(el("p", { class: "verdict no", role: "alert" }, say("notVerified")),
        el("p", {}, say("why", WORDS[lang].steps[a.step] || a.step)), el("p", {}, say("todo")),
        el("details", {}, el("summary", {}, say("detail")), el("p", {}, el("code", {}, a.problem))));
      return;
    }
    box.replaceChildren(el("p", { class: "verdict yes" }, say("proved")),
      ...a.documents.map(documentOf),
      a.kind === "referral" ? el("p", {}, say("referral", a.documents.length)) : "",
      el("details", {}, el("summary", {}, say("asText")), el("pre", {}, a.text)));
  }

  async function fingerprint() {
    const text = keysText();
    if (!text.trim()) {
      $("print").textContent = "-";
      return;
    }
    // Pages from file:// may lack crypto.subtle; the verifier has SHA-256.
    await verifier();
    const hex = JSON.parse(globalThis.tallystickVerify(new Uint8Array(), text, "")).fingerprint;
    $("print").textContent = hex.match(/.{4}/g).join(" ");
  }

  async function take(f) {
    if (!f) return;
    if (f.size > MAX) {
      file = null;
      last = { proved: false, step: "file", problem: say("tooLarge") };
      $("result").hidden = false;
      show();
      return;
    }
    file = new Uint8Array(await f.arrayBuffer());
    await check();
  }

  function speak(next) {
    lang = next;
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.title = say("title");
    for (const e of document.querySelectorAll("[data-t]")) e.textContent = say(e.dataset.t);
    $("en").setAttribute("aria-pressed", String(lang === "en"));
    $("zh").setAttribute("aria-pressed", String(lang === "zh"));
    show();
  }

  $("en").addEventListener("click", () => speak("en"));
  $("zh").addEventListener("click", () => speak("zh"));
  $("file").addEventListener("change", (e) => take(e.target.files[0]).finally(() => { e.target.value = ""; }));
  $("keysfile").addEventListener("change", async (e) => {
    const f = e.target.files[0];
    if (f && f.size <= 1 << 20) $("keys").value = await f.text();
    e.target.value = "";
    await fingerprint();
    await check();
  });
  for (const id of ["keys", "fingerprint"]) $(id).addEventListener("change", () => { fingerprint(); check(); });
  const drop = $("drop");
  for (const name of ["dragover", "dragenter"]) addEventListener(name, (e) => { e.preventDefault(); drop.classList.add("over"); });
  addEventListener("dragleave", () => drop.classList.remove("over"));
  addEventListener("drop", (e) => {
    e.preventDefault();
    drop.classList.remove("over");
    take(e.dataTransfer.files[0]);
  });
  if (typeof pinned === "string") {
    $("given").hidden = true;
    $("pinnednote").hidden = false;
    fingerprint();
  }
  speak(lang);
})();
