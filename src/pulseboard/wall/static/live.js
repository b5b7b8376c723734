// Keeps the page up to date: listens, fetches the page again, and replaces only what has changed.
(() => {
  "use strict";

  const GATHER = 1500; // Changes within this many milliseconds share one look.
  const POLL = 30000; // How often to look while there is no live connection.
  const QUIET = 60000; // How often to look while nothing happens, so that "3 min ago" stays true.
  const DELAYS = [1, 2, 4, 8, 15, 30];

  const chip = document.getElementById("chip");
  const pause = document.getElementById("pause");
  const refresh = document.getElementById("refresh");
  const news = document.getElementById("news");
  let socket = null;
  let seen = null;
  let tries = 0;
  let paused = false;
  let held = 0;
  let timer = null;
  let reconnecting = null;
  let loading = false;
  let again = false;
  let lastLook = Date.now();

  const show = (shape, word, rest) => {
    chip.hidden = false;
    const long = document.createElement("span");
    long.className = "long";
    long.textContent = rest ? ` ${rest}` : "";
    chip.replaceChildren(`${shape} ${word}`, long);
  };

  const showStanding = () => {
    if (paused) show("‖", "Paused", held ? `· ${held} held` : "");
    else if (socket && socket.readyState === WebSocket.OPEN) show("●", "Live", "");
    else if (tries > 3) show("○", "Polling", "every 30 s");
    else show("◐", "Connecting", "…");
  };

  const runsOf = (part) => [...part.querySelectorAll("[data-run]")].map((row) => row.dataset.run);

  // A part must not change under a focus or a selection, nor move its rows under a pointer.
  const isInUse = (part, fresh) => {
    const selection = document.getSelection();
    const selected = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    const focused = part.contains(document.activeElement);
    const moves = part.matches(":hover") && runsOf(part).join() !== runsOf(fresh).join();
    return Boolean(selected || focused || moves);
  };

  const offer = (part, fresh) => {
    let more = document.getElementById("more");
    if (!more) {
      more = document.createElement("button");
      more.id = "more";
      more.type = "button";
      more.className = "button more";
      part.after(more);
    }
    const known = new Set(runsOf(part));
    const count = runsOf(fresh).filter((run) => !known.has(run)).length;
    more.textContent = count ? `${count} new ${count === 1 ? "run" : "runs"} – show` : "Show what changed";
    more.onclick = () => swap(part, fresh);
    part.onmouseleave = () => { if (!isInUse(part, fresh)) more.click(); };
  };

  const swap = (part, fresh) => {
    const known = new Set(runsOf(part));
    const isOpen = part.querySelector("details")?.open;
    if (part.nextElementSibling?.id === "more") part.nextElementSibling.remove();
    part.replaceWith(fresh);
    const details = fresh.querySelector("details");
    if (details && isOpen) details.open = true;
    if (known.size) {
      for (const row of fresh.querySelectorAll("[data-run]")) {
        if (!known.has(row.dataset.run)) row.classList.add("fresh");
      }
    }
    addCopyButtons(fresh);
  };

  const names = (root) => [...root.querySelectorAll("[data-part]")].map((part) => part.dataset.part).join();

  // Opening a list of numbers is the reader's doing, not a change of the page.
  const plain = (part) => {
    const copy = part.cloneNode(true);
    for (const open of copy.querySelectorAll("details[open]")) open.removeAttribute("open");
    for (const row of copy.querySelectorAll(".fresh")) row.removeAttribute("class");
    for (const button of copy.querySelectorAll(".copy")) button.remove();
    return copy.outerHTML;
  };

  const take = (page) => {
    const state = (root) => root.querySelector("[data-state]")?.dataset.state;
    const before = state(document);
    document.title = page.title;
    if (names(page) !== names(document)) {
      location.reload();
      return;
    }
    for (const part of document.querySelectorAll("[data-part]")) {
      const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (plain(fresh) === plain(part)) continue;
      if (isInUse(part, fresh)) offer(part, fresh);
      else swap(part, fresh);
    }
    const after = state(document);
    if (before !== after) news.textContent = document.querySelector("h1").textContent;
  };

  const look = async () => {
    clearTimeout(timer);
    timer = null;
    if (loading) { again = true; return; }
    loading = true;
    lastLook = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      const text = await answer.text();
      if (answer.headers.get("content-type")?.startsWith("text/html")) {
        take(new DOMParser().parseFromString(text, "text/html"));
      }
    } catch {
      // The server is away: what is shown stays, and the chip says so.
      showStanding();
    } finally {
      loading = false;
      if (again) { again = false; soon(); }
    }
  };

  const soon = () => {
    if (paused) { held += 1; showStanding(); return; }
    if (timer === null && !document.hidden) timer = setTimeout(look, GATHER);
  };

  const connect = () => {
    clearTimeout(reconnecting);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/api/v1/live`);
    socket.onopen = () => {
      const wanted = { op: "subscribe", topics: ["runs", "metrics"] };
      if (seen !== null) wanted.since = seen;
      socket.send(JSON.stringify(wanted));
      tries = 0;
      showStanding();
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type !== "hello") seen = message.seq;
      else if (seen === null) seen = message.seq;
      if (["run.upserted", "metrics.invalidated", "resync_required"].includes(message.type)) soon();
    };
    socket.onclose = () => {
      const seconds = DELAYS[Math.min(tries, DELAYS.length - 1)];
      tries += 1;
      showStanding();
      reconnecting = setTimeout(connect, seconds * 1000 * (0.8 + Math.random() * 0.4));
    };
  };

  const addCopyButtons = (root) => {
    if (!navigator.clipboard) return;
    for (const block of root.querySelectorAll("pre[data-copy]")) {
      if (block.nextElementSibling?.classList.contains("copy")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button copy";
      button.textContent = "Copy";
      button.onclick = async () => {
        try {
          await navigator.clipboard.writeText(block.textContent);
          button.textContent = "Copied";
          news.textContent = "Copied";
        } catch {
          button.textContent = "Select the text and copy it";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      };
      block.after(button);
    }
  };

  pause.hidden = false;
  pause.onclick = () => {
    paused = !paused;
    pause.textContent = paused ? "Resume" : "Pause";
    if (!paused && held) { held = 0; look(); }
    showStanding();
  };
  refresh.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    look();
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) look(); });
  setInterval(() => {
    const isLive = socket && socket.readyState === WebSocket.OPEN;
    const isWell = isLive && !document.querySelector('[data-state="trouble"]');
    const patience = isWell ? QUIET : POLL;
    if (!paused && !document.hidden && Date.now() - lastLook >= patience) look();
  }, 5000);
  addCopyButtons(document);
  showStanding();
  connect();
})();
