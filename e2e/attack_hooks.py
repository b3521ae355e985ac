"""What schemathesis cannot know: a key of idempotency belongs to one request.

The same key on another request is refused before anything else is looked at, as the API's
description says. Each valid key that was made up therefore becomes one of its own; keys that are
too short or too long stay as they are.
"""

import itertools

import schemathesis

NAME = "Idempotency-Key"
LONGEST = 255
numbers = itertools.count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    key = (case.headers or {}).get(NAME)
    if key is not None and 1 <= len(key) <= LONGEST:
        case.headers[NAME] = f"attack-{next(numbers)}"
