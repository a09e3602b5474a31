"""A name that tries every interpreter on the way: Jinja, HTML, script, template literals."""

HOSTILE_NAME = "{{7*7}}{% raw %}<img src=x onerror=alert(1)></script>${1}`\u2028&amp;"
