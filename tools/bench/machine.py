"""What the times depend on: machine, system, versions, threads."""
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = "nn_basics", "numpy", "torch", "jax", "jaxlib", "scikit-learn"
THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"


def cores():
    "The cores that this process may use."
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def processor():
    "The processor's name."
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


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
    "How many processes wanted a core during the last minute; None where no one says."
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
    named = f"{blas.get('name', 'unknown')} {blas.get('version', '')}"
    return found | {"BLAS of NumPy": named.strip()}


def threads():
    "The threads that each library says it uses."
    found = {"asked for": int(os.environ.get(THREADS[0], cores()))}
    try:
        from threadpoolctl import threadpool_info
        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        found["BLAS of NumPy"] = max((pool["num_threads"] for pool in pools), default=1)
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
    machine = {"processor": processor(), "cores": cores(), "memory": memory(),
               "system": system()}
    return {"machine": machine, "versions": versions(), "threads": threads()}
