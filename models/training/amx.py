"""
Makes bf16 matrix products work on processors with AMX whose virtual machine hides the shape of the tiles.

Some hypervisors announce AMX (CPUID leaf 7) and let it run, but answer leaf 1Dh, the palette of tiles, with zeros. oneDNN then configures no
tiles, and PyTorch's first bf16 product dies of an illegal instruction. Without AMX such a processor is ten times slower. oneDNN asks once
and remembers; so the palette, which is the same on every processor with AMX, is filled in while it asks.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def _has_amx() -> bool:
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def _without_amx(reason: str) -> None:
    os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX512_CORE_BF16"
    print(f"AMX cannot be used: {reason}. Training will be several times slower.", file=sys.stderr)


def enable_amx() -> None:
    """To be called before the first bf16 product; does nothing where nothing is wrong."""
    if not _has_amx():
        return
    compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        _without_amx("this needs a C compiler, e.g. apt-get install gcc")
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "amx_cpuid.so"
        source = Path(__file__).with_name("amx_cpuid.c")
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
        shim = ctypes.CDLL(str(library))
    if shim.states_tiles():
        return
    if shim.begin() != 0:
        _without_amx("the hypervisor hides its tiles, and the processor cannot trap CPUID")
        return
    try:
        import torch

        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # Only this thread's CPUID traps.
        # oneDNN asks for each property of the tiles when a kernel first needs it; these shapes need them all.
        for rows, inner, columns in ((64, 64, 64), (128, 600, 64), (33, 33, 33), (16, 1024, 600)):
            left, right = torch.ones(rows, inner).bfloat16(), torch.ones(inner, columns).bfloat16()
            assert float((left @ right)[0, 0]) == inner
        torch.set_num_threads(threads)
    finally:
        shim.end()
