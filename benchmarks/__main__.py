"""`python3 dev.py bench [NAME]`: run one benchmark, or say which there are."""

import importlib
import sys

NAMES = {
    "endpoints": "pages and API on PostgreSQL, Redis and gunicorn, beside a bare view of the same stack",
    "library": "exercises as API and pages, beside a view that answers the same bytes from one query by hand",
    "player": "what the player weighs on a first visit, and its long tasks on a phone four times as slow",
    "reminders": "reminders due at once, beside raw smtplib over as many connections and a Celery task a mail",
    "reminders_chaos": "senders killed, frozen and starved at full size: what was lost, doubled and late",
    "seasons": "twelve weeks planned for 20, 200 and 2,000 athletes, beside bare inserts of the same rows",
    "suggester": "the best warm-up, found exactly, beside a greedy choice and what that leaves",
}


def main(arguments: list[str]) -> int:
    """Run the benchmark named first with the rest of the words; without a name list them."""
    if not arguments or arguments[0] not in NAMES:
        for name, text in NAMES.items():
            print(f"  {name:16} {text}")
        return 0 if not arguments else 2
    return int(importlib.import_module(f"benchmarks.{arguments[0]}").main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
