"""Accelerators and models: what model fit starts from; figures of data sheets and published configurations.

Power is what the maker allows the board at most.  ``host_kw`` is one accelerator's share of the server around it
(processors, fans, network, losses): from a maker's system figure where there is one, otherwise an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.catalogue import EDGE_GUIDE


@dataclass(frozen=True)
class Accelerator:
    """memory_gb: 10⁹ bytes · bandwidth_gb_s: 10⁹ bytes a second · power_kw, host_kw: of one accelerator.

    per_server: how many come together; a site powers whole servers.
    """

    label: str
    memory_gb: float
    bandwidth_gb_s: float
    power_kw: float
    host_kw: float
    source: str
    host_source: str
    per_server: int = 1


@dataclass(frozen=True)
class Model:
    """parameters_b, active_b: 10⁹ parameters, in all and used for one token · kv_bytes_per_token: at 16 bits."""

    label: str
    parameters_b: float
    active_b: float
    kv_bytes_per_token: float
    source: str


@dataclass(frozen=True)
class Figure:
    """One default of model fit."""

    value: float
    unit: str
    source: str


DEFAULTS: Mapping[str, Figure] = {
    "bits_per_weight": Figure(8.0, "bits", f"8-bit quantisation: edge serving is quantised ({EDGE_GUIDE})"),
    "context_tokens": Figure(4096, "tokens", "assumption: a few turns of conversation"),
    "tokens_per_s": Figure(20.0, "tokens/s per user", "assumption: some four times as fast as people read"),
    "users": Figure(1, "users at once, per site", "the least"),
    "memory_share": Figure(0.9, "share of memory_gb", "vLLM's default gpu_memory_utilization"),
    "bandwidth_share": Figure(0.6, "share of bandwidth_gb_s", "assumption: what well-tuned servers reach"),
    "pue": Figure(
        1.58,
        "kW at the feed per kW of equipment",
        "industry average of 2023 (Uptime Institute); state 1.0 where power_kw is what the equipment may draw",
    ),
}

SMALL_CARD = "assumption: a 0.4 kW edge server with four such cards"
LARGE_CARD = "assumption: a 1 kW two-socket server with four such cards"
DGX_H100 = "DGX H100: at most 10.2 kW for eight accelerators of 0.7 kW"
NVL72 = f"NVL72: ~132 kW a rack of 72 ({EDGE_GUIDE}), less 1.2 kW each"

ACCELERATORS: Mapping[str, Accelerator] = {
    "jetson_agx_orin": Accelerator(
        "NVIDIA Jetson AGX Orin 64 GB", 64, 204.8, 0.06, 0.02, "NVIDIA data sheet", "assumption: carrier board"
    ),
    "a2": Accelerator("NVIDIA A2", 16, 200, 0.06, 0.1, "NVIDIA data sheet", SMALL_CARD),
    "l4": Accelerator("NVIDIA L4", 24, 300, 0.072, 0.1, "NVIDIA data sheet", SMALL_CARD),
    "l40s": Accelerator("NVIDIA L40S", 48, 864, 0.35, 0.25, "NVIDIA data sheet", LARGE_CARD),
    "a100_pcie": Accelerator("NVIDIA A100 80 GB PCIe", 80, 1935, 0.3, 0.25, "NVIDIA data sheet", LARGE_CARD),
    "h100_pcie": Accelerator(
        "NVIDIA H100 80 GB PCIe", 80, 2000, 0.35, 0.25, "NVIDIA product brief PB-11133-001", LARGE_CARD
    ),
    "rtx_pro_6000": Accelerator(
        "NVIDIA RTX PRO 6000 Blackwell Server Edition", 96, 1597, 0.6, 0.25, "NVIDIA data sheet", LARGE_CARD
    ),
    "h100_sxm": Accelerator("NVIDIA H100 SXM", 80, 3350, 0.7, 0.575, "NVIDIA data sheet", DGX_H100, 8),
    "h200_sxm": Accelerator("NVIDIA H200 SXM", 141, 4800, 0.7, 0.575, "NVIDIA data sheet", DGX_H100, 8),
    "mi300x": Accelerator(
        "AMD Instinct MI300X", 192, 5300, 0.75, 0.575, "AMD data sheet", f"assumption: as {DGX_H100}"
    ),
    "gb200": Accelerator(
        "NVIDIA GB200 in an NVL72 rack", 186, 8000, 1.2, 0.633, "NVIDIA data sheet of NVL72", NVL72, 72
    ),
}

MODELS: Mapping[str, Model] = {
    "llama_3_2_1b": Model("Llama 3.2 1B", 1.24, 1.24, 32_768, "config: 16 layers × 8 heads × 64, keys and values"),
    "llama_3_2_3b": Model("Llama 3.2 3B", 3.21, 3.21, 114_688, "config: 28 layers × 8 heads × 128"),
    "llama_3_1_8b": Model("Llama 3.1 8B", 8.03, 8.03, 131_072, "config: 32 layers × 8 heads × 128"),
    "qwen3_30b_a3b": Model(
        "Qwen3 30B-A3B (mixture of experts)", 30.5, 3.3, 98_304, "config: 48 layers × 4 heads × 128"
    ),
    "llama_3_1_70b": Model("Llama 3.1 70B", 70.6, 70.6, 327_680, "config: 80 layers × 8 heads × 128"),
    "llama_3_1_405b": Model("Llama 3.1 405B", 405.9, 405.9, 516_096, "config: 126 layers × 8 heads × 128"),
    "deepseek_v3": Model("DeepSeek-V3 (mixture of experts)", 671, 37, 70_272, "config: 61 layers × (512 + 64) latent"),
}
