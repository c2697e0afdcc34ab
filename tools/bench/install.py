"""Installs whom the benchmark compares with, one by one; tells who does not install."""
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, version

from tools.notebooks import ROOT


def wanted():
    "The requirements of the extra `bench`."
    settings = ConfigParser(delimiters=["="])
    settings.read(ROOT / "settings.ini", encoding="utf-8")
    return settings["DEFAULT"]["bench_requirements"].split()


def is_here(requirement):
    "Whether a fitting version is installed already."
    from packaging.requirements import Requirement
    asked = Requirement(requirement)
    try:
        return asked.specifier.contains(version(asked.name), prereleases=True)
    except PackageNotFoundError:
        return False


def install(requirement):
    "Installs one requirement; returns whether that went well."
    command = [sys.executable, "-m", "pip", "install", "--quiet",
               "--disable-pip-version-check", requirement]
    done = is_here(requirement) or subprocess.run(command).returncode == 0
    if not done:
        print(f"{requirement} does not install here: the benchmark runs without it",
              flush=True)
    return done


if __name__ == "__main__":
    for requirement in sys.argv[1:] or wanted():
        install(requirement)
