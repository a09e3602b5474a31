"""Progress of a solve on stderr: one line that rewrites itself on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

from solver.plan import Progress

BAR_WIDTH = 20


class Console:
    """Prints phase, incumbent, bound, gap and time of a running solve."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self._last = ""
        self._phase = ""

    def progress(self, step: Progress) -> None:
        """Show one step; on a file or pipe only when something but the time has changed."""
        line = describe(step)
        if self.stream.isatty():
            end = "\n" if self._phase and step.phase != self._phase else ""
            self.stream.write(f"{end}\r\x1b[K{step.seconds:7.1f} s  {line}")
            if step.phase == "done":
                self.stream.write("\n")
        elif line != self._last and step.share is None:
            self.stream.write(f"{step.seconds:7.1f} s  {line}\n")
        self._last, self._phase = line, step.phase
        self.stream.flush()


def describe(step: Progress) -> str:
    """``proof         38 best, at least 37, gap 2.6 %``"""
    parts = []
    if step.incumbent is not None:
        parts.append(f"{step.incumbent:g} best")
    if step.bound is not None:
        parts.append(f"at least {step.bound:g}")
    if step.gap is not None:
        parts.append(f"gap {step.gap:.1%}")
    if step.share is not None:
        parts.append(f"{bar(step.share)} {step.share:.0%} of {step.note}")
    elif step.note:
        parts.append(step.note)
    return f"{step.phase:<13} {', '.join(parts)}".rstrip()


def bar(share: float) -> str:
    """``[#####---------------]``"""
    done = round(BAR_WIDTH * share)
    return f"[{'#' * done}{'-' * (BAR_WIDTH - done)}]"
