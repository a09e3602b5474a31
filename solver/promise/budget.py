"""From a latency promise to what is left for distance.

    slo_ms  −  access_ms  −  queueing_ms  −  inference_ms  =  network_ms
    network_ms  =  base_ms  +  route_factor × 1.02 ms/100 km × distance

queueing_ms = hops × what one hop takes; inference_ms = TTFT + tokens that make the answer useful × ms per token
("Edge Inference & Distributed Micro-Datacenters", chapter 1.5).  All times are ms, round trip or end to end.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from solver.catalogue import ACCESS_NETWORKS, ROUTES, THRESHOLDS
from solver.errors import BadInput, InputProblem, shown
from solver.latency import LatencyModel
from solver.reach import LatencyReach

GIVEN = "given by the planner"
NOT_GIVEN = "not given: 0 ms"


@dataclass(frozen=True)
class Term:
    """One step of the waterfall: it takes ``ms`` and leaves ``left_ms`` of the promise."""

    name: str
    label: str
    ms: float
    left_ms: float
    source: str


@dataclass(frozen=True)
class Refusal:
    """Why no distance is left, and what would leave some.

    over_ms: by how much the fixed terms exceed the promise, the network's base included ·
    inference_over_ms: by how much inference alone does, None when it does not ·
    inference_below_ms, ms_per_token_below: what inference must stay under, None when no speed would do.
    """

    sentence: str
    over_ms: float
    inference_over_ms: float | None
    inference_below_ms: float | None
    ms_per_token_below: float | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Budget:
    """A promise and what it is spent on.

    hops: what queueing_ms is made of · ttft_ms, tokens: what inference_ms is made of, ttft_ms None when unknown ·
    access, preset: the names of the catalogue entries the figures are from, "" when the planner's own.
    Raises BadInput naming the term.  A budget with nothing left for distance is allowed: it tells its ``refusal``.
    """

    slo_ms: float
    access_ms: float = 0.0
    queueing_ms: float = 0.0
    inference_ms: float = 0.0
    latency: LatencyModel = field(default_factory=LatencyModel)
    hops: int = 1
    ttft_ms: float | None = None
    tokens: int = 0
    access: str = ""
    preset: str = ""

    def __post_init__(self) -> None:
        problems = [
            InputProblem("a finite number of ms ≥ 0", column=name, found=shown(value))
            for name in ("slo_ms", "access_ms", "queueing_ms", "inference_ms", "ttft_ms")
            if (value := getattr(self, name)) is not None and not (np.isfinite(value) and value >= 0)
        ]
        if self.hops < 1:
            problems.append(InputProblem("one hop or more", column="hops", found=shown(self.hops)))
        if self.tokens < 0:
            problems.append(InputProblem("0 tokens or more", column="tokens", found=shown(self.tokens)))
        if not problems and self.ttft_ms is not None and self.ttft_ms > self.inference_ms:
            expected = f"at most inference_ms, {self.inference_ms:g} ms"
            problems.append(InputProblem(expected, column="ttft_ms", found=f"{self.ttft_ms:g} ms"))
        if problems:
            raise BadInput(problems)

    @property
    def spent_ms(self) -> dict[str, float]:
        """What no site can change, by name."""
        return {"access": self.access_ms, "queueing": self.queueing_ms, "inference": self.inference_ms}

    @property
    def ms_per_token(self) -> float | None:
        """Time per token after the first; None when inference is one figure."""
        if self.ttft_ms is None or self.tokens == 0:
            return None
        return (self.inference_ms - self.ttft_ms) / self.tokens

    @property
    def network_ms(self) -> float:
        """What is left for the network's round trip; negative when nothing is."""
        return self.slo_ms - sum(self.spent_ms.values())

    @property
    def radius_km(self) -> float:
        """The distance whose round trip takes ``network_ms``; 0 when the budget is refused."""
        return 0.0 if self.refusal else self.reach().radius_km

    def slo_at_ms(self, radius_km: float) -> float:
        """The promise that users ``radius_km`` away from their site can be given."""
        return sum(self.spent_ms.values()) + float(self.latency.rtt_ms(radius_km))

    def promising(self, radius_km: float) -> Budget:
        """The same budget with the promise that ``radius_km`` keeps, instead of its own."""
        return replace(self, slo_ms=self.slo_at_ms(radius_km))

    def reach(self) -> LatencyReach:
        """The reach of a Problem.  Raises BadInput with the refusal's sentence when nothing is left for distance."""
        if self.refusal:
            raise BadInput([InputProblem(self.refusal.sentence, column="slo_ms")])
        return LatencyReach(self.slo_ms, self.spent_ms, self.latency)

    @property
    def refusal(self) -> Refusal | None:
        """None when some distance is left."""
        fixed_ms = sum(self.spent_ms.values()) + self.latency.base_ms
        if fixed_ms < self.slo_ms:
            return None
        alone = self.inference_ms - self.slo_ms
        room_ms = self.slo_ms - self.access_ms - self.queueing_ms - self.latency.base_ms
        for_tokens = room_ms - (self.ttft_ms or 0.0)
        fits = self.tokens > 0 and self.ttft_ms is not None and for_tokens > 0
        return Refusal(
            sentence=f"{self._excess(fixed_ms)} {self._what_would_fit(room_ms, for_tokens)}",
            over_ms=fixed_ms - self.slo_ms,
            inference_over_ms=alone if alone >= 0 and self.inference_ms > 0 else None,
            inference_below_ms=room_ms if room_ms > 0 and self.inference_ms > 0 else None,
            ms_per_token_below=for_tokens / self.tokens if fits else None,
        )

    def _excess(self, fixed_ms: float) -> str:
        if self.inference_ms > 0 and self.inference_ms >= self.slo_ms:
            over = _ms(self.inference_ms - self.slo_ms)
            return f"inference alone takes {_ms(self.inference_ms)} of the {_ms(self.slo_ms)} promised ({over} over):"
        parts = {**self.spent_ms, "the network's base": self.latency.base_ms}
        told = " + ".join(f"{name} {_ms(ms)}" for name, ms in parts.items() if ms > 0) or "nothing"
        over = _ms(fixed_ms - self.slo_ms)
        return f"{told} = {_ms(fixed_ms)} of the {_ms(self.slo_ms)} promised ({over} over) before any distance:"

    def _what_would_fit(self, room_ms: float, for_tokens: float) -> str:
        if self.inference_ms == 0 or room_ms <= 0:
            return (
                "no placement of sites helps, and no faster inference either; the promise or the networks must change"
            )
        if self.ttft_ms is None:
            fitting = f"inference below {_ms(room_ms)}"
        elif self.tokens == 0:
            fitting = f"a TTFT below {_ms(room_ms)}"
        elif for_tokens <= 0:
            fitting = f"inference below {_ms(room_ms)}, tokens included,"
        else:
            each = _ms(for_tokens / self.tokens)
            fitting = f"with a TTFT of {_ms(self.ttft_ms)}, {self.tokens} tokens at less than {each} each"
        return f"no placement of sites helps; {fitting} would (a smaller model or a faster accelerator)"

    def waterfall(self) -> tuple[Term, ...]:
        """The promise, what it is spent on in order, and what distance may take; left_ms is negative when refused."""
        steps = [("access", self._access_label, self.access_ms, self._access_source)]
        hops = f", {self.hops} hops of {_ms(self.queueing_ms / self.hops)}" if self.hops > 1 else ""
        steps.append(("queueing", f"Queueing and processing{hops}", self.queueing_ms, _source(self.queueing_ms)))
        if self.ttft_ms is None:
            steps.append(("inference", "Inference", self.inference_ms, _source(self.inference_ms)))
        else:
            decode_ms = self.inference_ms - self.ttft_ms
            each = f" at {_ms(decode_ms / self.tokens)}" if self.tokens else ""
            steps.append(("ttft", "Time to first token", self.ttft_ms, _source(self.ttft_ms)))
            steps.append(("decode", f"{self.tokens} more tokens{each}", decode_ms, _source(decode_ms)))
        steps.append(("base", "Network, before any distance", self.latency.base_ms, self._route_source))
        slo_source = next((t.source for t in THRESHOLDS.values() if t.slo_ms == self.slo_ms), GIVEN)
        terms = [Term("slo", "Promise, end to end", self.slo_ms, self.slo_ms, slo_source)]
        for name, label, ms, source in steps:
            terms.append(Term(name, label, ms, terms[-1].left_ms - ms, source))
        left = terms[-1].left_ms
        label = f"Distance: {self.radius_km:,.0f} km of fibre × {self.latency.route_factor:g}"
        terms.append(Term("distance", label, max(left, 0.0), min(left, 0.0), self._route_source))
        return tuple(terms)

    @property
    def _access_label(self) -> str:
        return f"Access network: {ACCESS_NETWORKS[self.access].label}" if self.access else "Access network"

    @property
    def _access_source(self) -> str:
        return ACCESS_NETWORKS[self.access].source if self.access else _source(self.access_ms)

    @property
    def _route_source(self) -> str:
        return f"{ROUTES[self.preset].label}: {ROUTES[self.preset].source}" if self.preset else GIVEN

    def to_dict(self) -> dict[str, Any]:
        """Plain values that ``solver.promise.budget_options.budget_from`` reads back."""
        told = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "latency"}
        return {**told, "base_ms": self.latency.base_ms, "route_factor": self.latency.route_factor}


def _source(ms: float) -> str:
    return GIVEN if ms > 0 else NOT_GIVEN


def _ms(value: float) -> str:
    return f"{round(value, 3):g} ms"
