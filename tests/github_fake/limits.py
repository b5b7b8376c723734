"""How often who may ask: the hourly limit, the limit of a minute, and requests at once."""

from collections import deque

from pulseboard import clock


class Minute:
    """What somebody asked for within the last minute."""

    def __init__(self):
        self._asked = deque()
        self._points = 0

    def count(self, cost, *, now):
        """Count a request; return the points of the minute that ends with it."""
        while self._asked and self._asked[0][0] <= now - clock.MINUTE:
            self._points -= self._asked.popleft()[1]
        self._asked.append((now, cost))
        self._points += cost
        return self._points


class Account:
    """Somebody with a token of his own, or nobody; `sees` names repositories, None is all."""

    def __init__(self, name, *, limit=5000, sees=None, scopes=None, until=None, kind="user",
                 points=900):  # fmt: skip
        self.name, self.limit, self.sees, self.scopes = name, limit, sees, scopes
        self.until, self.kind, self.points = until, kind, points
        self.used = 0
        self.resets_at = 0
        self.minute = Minute()
        self.at_once = 0
        self.most_at_once = 0
        self.most_in_a_minute = 0
        self.paused_until = 0
        # Every request that came although it had been told to wait.
        self.offences = 0

    def begin(self, cost, *, now):
        """Count a request of the minute; return why it is refused, or None."""
        points = self.minute.count(cost, now=now)
        self.most_in_a_minute = max(self.most_in_a_minute, points)
        if now < self.paused_until:
            self.offences += 1
            return "secondary"
        if points > self.points or self.at_once > 100:
            self.paused_until = now + clock.MINUTE
            return "secondary"
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now // clock.SECOND * clock.SECOND + clock.HOUR
        return "primary" if self.used >= self.limit else None

    def headers(self):
        """Return what each answer says about the hourly limit."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(self.resets_at // clock.SECOND),
            "X-RateLimit-Resource": "core",
        }
