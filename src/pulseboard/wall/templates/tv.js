(function () {
  "use strict";
  // Written for the browsers of old television sets: nothing newer than 2013 is needed.
  var REFRESH = 30000, STALE = 3 * REFRESH, TURN = 15000;
  var last = new Date().getTime(), page = 0, turned = last;

  function pick(name) { return document.querySelector(name); }
  function span(ms) {
    var s = Math.round(ms / 1000), m = Math.floor(s / 60), h = Math.floor(m / 60);
    return s < 90 ? s + " s" : h < 2 ? m + " min" : h + " h " + (m % 60) + " min";
  }
  function turn(to) {
    var pages = document.querySelectorAll(".page"), i;
    page = pages.length ? to % pages.length : 0;
    for (i = 0; i < pages.length; i++) {
      pages[i].className = pages[i].className.replace(" now", "") + (i === page ? " now" : "");
    }
    if (pick("#page")) pick("#page").textContent = pages.length > 1 ? page + 1 + "/" + pages.length : "";
  }
  function load() {
    var asked = new XMLHttpRequest();
    asked.open("GET", location.href);
    asked.timeout = 20000;
    asked.onload = function () {
      if (asked.status !== 200) return;
      var fresh = new DOMParser().parseFromString(asked.responseText, "text/html").querySelector("main");
      if (!fresh) return;
      var old = pick("main");
      old.parentNode.replaceChild(document.importNode(fresh, true), old);
      last = new Date().getTime();
      turn(page);
      tick();
    };
    asked.send();
  }
  function tick() {
    var now = new Date().getTime(), age = now - last, main = pick("main"), band = pick("#band");
    pick("#age").textContent = "Updated " + span(age) + " ago";
    try {
      pick("#clock").textContent = new Date(now).toLocaleTimeString("en-GB", { timeZone: main.getAttribute("data-zone") });
    } catch (error) { /* An old set knows no zones: the server's time stays. */ }
    if (age > STALE) {
      band.removeAttribute("hidden");
      band.textContent = "NO DATA FOR " + span(age);
      if (main.className.indexOf("stale") < 0) main.className += " stale";
    }
    if (now - turned >= TURN) { turned = now; turn(page + 1); }
  }
  function stayAwake() {
    if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen")["catch"](function () {});
  }
  setInterval(load, REFRESH);
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  turn(0);
  tick();
})();
