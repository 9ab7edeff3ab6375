// The page's manners: every state is an address, links change it without a reload, keys move, quotes are copied.
(() => {
  const root = document.documentElement;
  const place = () => location.pathname.split("/")[1] || "ask";
  const at = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  let trigger, asked = 0, shown = 0, keep = null;

  // ---- going to an address ----

  function go(address, { push = true } = {}) {
    const to = new URL(address, location.href);
    const same = to.pathname === location.pathname && to.search === location.search;
    if (push && (to.href !== location.href)) history.pushState({ key: Date.now() }, "", to);
    if (same && to.hash && shown) return reveal();
    draw();
  }

  // A view of where we are; `given` is what a button of the view sends with it.
  function draw(given) {
    root.dataset.place = place();
    root.dataset.busy = "";
    for (const link of all(".frame nav a"))
      link.dataset.to === place() ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    refill();
    const key = new URLSearchParams(location.search).get("case");
    key ? root.dataset.case = "" : delete root.dataset.case;
    given ??= key ? sessionStorage.getItem("case-" + key) || "" : "";
    const mine = ++asked;
    trigger({ address: location.pathname + location.search, given });
    setTimeout(() => { if (asked === mine && shown < mine) stillThere(); }, 5000);
  }

  // The boxes say what the address says; Gradio may make them later than the first view.
  function refill() {
    const values = new URLSearchParams(location.search);
    if (place() === "ask") fill("#question", values.get("q") || "");
    if (values.get("case")) fill("#case", sessionStorage.getItem("case-" + values.get("case")) || "");
  }

  function fill(box, text) {
    const field = at(box + " textarea") || at(box + " input");
    if (!field || field === document.activeElement && text === field.value || field.value === text) return;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // What Gradio has drawn: the title, the words for a screen reader, and the passage in view once all of it is there.
  function drawn() {
    const view = at("#view .view");
    if (!view || !("whole" in view.dataset)) return;
    shown = asked;
    delete root.dataset.busy;
    refill();
    notice("");
    document.title = view.dataset.title === "Precedent" ? "Precedent" : view.dataset.title + " · Precedent";
    at(".status").textContent = view.dataset.status || "";
    if (keep) { const again = all("#view a[href], #view select, #view button").find(el => name(el) === keep); keep = null; again?.focus({ preventScroll: true }); }
    reveal();
  }

  const name = (el) => el.getAttribute("aria-label") || el.textContent.trim();

  function reveal() {
    const anchor = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const mark = at(".letter mark");
    if (mark && !anchor) {
      const letter = at(".letter");
      const shown = letter.getBoundingClientRect(), place = mark.getBoundingClientRect();
      const scrolls = letter.scrollHeight > letter.clientHeight + 4;
      if (scrolls) letter.scrollTop += place.top - shown.top - (Math.min(innerHeight, shown.bottom) - shown.top) / 3;
      const box = mark.getBoundingClientRect();
      if (box.bottom > innerHeight || box.top < 0) scrollBy({ top: box.top - innerHeight / 3 });
      mark.tabIndex = -1;
      mark.focus({ preventScroll: true });
    } else if (anchor) {
      anchor.scrollIntoView({ block: "start" });
      flash(anchor);
    }
  }

  function flash(el) {
    el.classList.add("flash");
    setTimeout(() => el.classList.remove("flash"), 1600);
  }

  // ---- the server went away ----

  async function stillThere() {
    const mine = asked;
    while (asked === mine && shown < mine) {
      const alive = await fetch("/page/alive", { cache: "no-store" }).then(r => r.ok, () => false);
      if (alive && at(".notice").dataset.gone) return location.reload();
      if (!alive) { notice("The server does not answer; it may have been stopped. This page goes on by itself when it is back."); at(".notice").dataset.gone = "1"; }
      await new Promise(done => setTimeout(done, 1500));
    }
  }

  function notice(text) {
    const box = at(".notice");
    if (!box) return;
    box.textContent = text;
    box.hidden = !text;
    delete box.dataset.gone;
  }

  // ---- clicks and changes ----

  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      const href = link.getAttribute("href");
      if (href.startsWith("#")) { event.preventDefault(); history.replaceState(history.state, "", location.pathname + location.search + href); return jump(href); }
      if (link.dataset.case) { event.preventDefault(); return compare(link.dataset.case); }
      if (href.startsWith("/") && !link.hasAttribute("download") && !link.target) {
        event.preventDefault();
        keep = link.closest("#view") && !link.closest(".card, table") ? name(link) : null;
        if (new URL(link.href).pathname !== location.pathname) scrollTo(0, 0);
        return go(href);
      }
    }
    const button = event.target.closest("button");
    if (!button) {
      const card = event.target.closest(".card");
      if (card && !event.target.closest("a, button, select") && !String(getSelection())) card.querySelector("h3 a").click();
      return;
    }
    if (button.dataset.copy) return copy(button);
    if (button.matches(".give")) { keep = name(button); return draw(button.dataset.given); }
    if (button.matches(".back")) return history.length > 1 && history.state ? history.back() : go("/");
    if (button.matches(".theme")) return theme(!document.body.classList.contains("dark"));
    if (button.matches(".keys")) return at("dialog.help").showModal();
    if (button.id === "ask") return ask();
    if (button.id === "find") return compare(at("#case textarea").value);
  });

  addEventListener("change", (event) => {
    if (event.target.matches("select.go") && event.target.value) { keep = name(event.target); go(event.target.value); }
  });

  function ask() {
    const question = at("#question textarea, #question input").value.trim();
    if (!question) return;
    if (question.length > 3000) return compare(question);
    scrollTo(0, 0);
    go("/?q=" + encodeURIComponent(question).replaceAll("%20", "+"));
  }

  // A pasted case is too long and too private for an address: it stays in this tab, under a key of its words.
  async function compare(text) {
    if (!text.trim()) return;
    let key = 5381;
    for (const c of text) key = (key * 33 + c.codePointAt(0)) >>> 0;
    sessionStorage.setItem("case-" + key.toString(36), text);
    go("/precedents?case=" + key.toString(36));
  }

  function jump(hash) {
    const target = document.getElementById(hash.slice(1));
    if (!target) return;
    target.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    flash(target);
    (target.closest("[data-item]") || target).focus?.({ preventScroll: true });
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try { await navigator.clipboard.writeText(text); }
    catch {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area); area.select(); document.execCommand("copy"); area.remove(); button.focus();
    }
    const before = button.dataset.label ||= button.textContent;
    button.textContent = "Copied";
    at(".status").textContent = "Copied: " + text;
    setTimeout(() => { button.textContent = before; }, 1200);
  }

  // ---- keys ----

  addEventListener("keydown", (event) => {
    const field = event.target.closest("textarea, input, select, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      if (event.key === "Enter" && !event.shiftKey && field.closest("#question")) { event.preventDefault(); event.stopPropagation(); ask(); }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && field.closest("#case")) compare(field.value);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || at("dialog[open]")) return;
    const items = all("#view [data-item]");
    const now = items.findIndex(item => item.contains(document.activeElement));
    if (event.key === "/") {
      event.preventDefault();
      if (place() !== "ask") go("/");
      setTimeout(() => at("#question textarea, #question input")?.focus(), 30);
    } else if ((event.key === "j" || event.key === "k") && items.length) {
      const to = items[Math.max(0, Math.min(items.length - 1, event.key === "j" ? now + 1 : now < 0 ? 0 : now - 1))];
      to.focus({ preventScroll: true });
      to.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && now >= 0 && document.activeElement === items[now]) {
      items[now].querySelector("a[href^='/']")?.click();
    } else if (event.key === "c") {
      (items[now] || document).querySelector("button.copy")?.click();
    } else if (event.key === "Escape") {
      at(".decision .back")?.click();
    } else if (event.key === "?") {
      at("dialog.help").showModal();
    }
  }, true);

  // ---- light and dark ----

  function theme(dark) {
    document.body.classList.toggle("dark", dark);
    localStorage.setItem("theme", dark ? "dark" : "light");
  }
  const chosen = localStorage.getItem("theme");
  if (chosen) addEventListener("load", () => setTimeout(() => theme(chosen === "dark")));

  // Gradio's upload buttons carry a label that says other words than they show; what they show is their name.
  new MutationObserver(() => {
    for (const button of all("button.upload-container[aria-label]")) button.removeAttribute("aria-label");
  }).observe(root, { childList: true, subtree: true });

  root.dataset.place = place();
  addEventListener("popstate", () => draw());
  window.precedent = {
    wire(send, watch) {
      trigger = send;
      watch("value", drawn);
      if (chosen) theme(chosen === "dark");
      draw();
    },
  };
})();
