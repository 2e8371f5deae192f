"""How gunicorn serves Prestride; WEB_CONCURRENCY sets the number of worker processes, --bind where they listen."""

import os

wsgi_app = "config.wsgi"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 1)
threads = 8
# Requests still running are given this long when the server stops; the supervisor waits a little longer.
graceful_timeout = 6
control_socket_disable = True
# Which proxies may say that the visitor came by https; TRUST_PROXY in the settings decides whether we listen.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1"
