"""What the times depend on: machine, system, versions, threads."""
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = "nn_basics", "numpy", "torch", "jax", "jaxlib", "scikit-learn"
THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"


def cores():
    "The cores that this process may use."
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def processor():
    "The processor's name."
    info = Path("/proc/cpuinfo")
    named = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return named[0] if named else platform.processor() or platform.machine()


def memory():
    "The machine's memory in GiB, or None where the system does not say."
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def system():
    "The operating system's name and version."
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def load():
    "How many processes wanted a core during the last minute, or None where the system does not say."
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def versions():
    "The versions of Python, of the libraries that are here, and of NumPy's BLAS."
    import numpy as np
    found = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return found | {"BLAS of NumPy": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()}


def threads():
    "The threads that each library says it uses."
    found = {"asked for": int(os.environ.get(THREADS[0], cores()))}
    try:
        from threadpoolctl import threadpool_info
        found |= {"BLAS of NumPy": max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1)}
    except ImportError:
        pass
    try:
        import torch
        found["PyTorch"] = torch.get_num_threads()
    except ImportError:
        pass
    return found


def facts():
    "All of it."
    return {"machine": {"processor": processor(), "cores": cores(), "memory": memory(), "system": system()},
            "versions": versions(), "threads": threads()}
