"""What the races ran on: processor, memory and versions.

It reads what the system says; it never measures.
"""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("logitscope", "numpy", "scipy", "scikit-learn", "glum", "mlxtend", "statsmodels", "torch", "autograd")


def describe(blas_threads: int) -> list[str]:
    """Return the machine in a few lines, and the threads that BLAS had."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0.0
    installed = ", ".join(f"{name} {found}" for name in LIBRARIES if (found := _version(name)))
    missing = [name for name in LIBRARIES if _version(name) is None]
    return [
        f"Processor: {_processor()}, {os.cpu_count()} logical cores; {memory:.0f} GiB of memory; {platform.system()}.",
        f"Python {platform.python_version()}; {installed}.",
        f"BLAS: {_blas()}, with {'one thread' if blas_threads == 1 else f'{blas_threads} threads'} for every contestant"
        f" (OPENBLAS_NUM_THREADS is {blas_threads}). In the races of the fused pass, the solvers and growth everybody"
        " has as many threads as it starts by itself (OpenMP's, and ours; as installed, BLAS's too), in the others one"
        " (OMP_NUM_THREADS is 1).",
        *([f"Not installed, and skipped: {', '.join(missing)}."] if missing else []),
    ]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        if name == "logitscope":
            from logitscope import __version__

            return __version__
        return None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _blas() -> str:
    import numpy as np

    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found.get('name')} {found.get('version')}"


__all__ = ["LIBRARIES", "describe"]
