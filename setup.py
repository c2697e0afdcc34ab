"Installs nn_basics from settings.ini, the one place for name, version and requirements."
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import setup

config = ConfigParser(delimiters=["="])
config.read("settings.ini", encoding="utf-8")
cfg = config["DEFAULT"]
EXTRAS = {"scale": ["scale"], "notebooks": ["notebooks", "scale"],
          "dev": ["dev", "notebooks", "scale"], "bench": ["bench"]}
PYTHONS = [f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 15)]


def description():
    "README.md without its pictures and links into the repository, which an index has not."
    text = Path("README.md").read_text(encoding="utf-8")
    return re.sub(r"(?s)<!--.*?-->\n*|!\[[^]]*\]\((?!https?:)[^)]*\)\n*|"
                  r"(?<!!)\[([^]]*)\]\((?!https?:)[^)]*\)", r"\1", text)

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=description(),
    long_description_content_type="text/markdown",
    author=cfg["author"],
    license="Apache-2.0",
    license_expression="Apache-2.0",    # as setuptools wants it from 77 on
    url=cfg["git_url"] or None,
    keywords=cfg["keywords"],
    classifiers=sorted(cfg["classifiers"].splitlines() + PYTHONS),
    packages=[cfg["lib_path"]],
    package_data={cfg["lib_path"]: cfg["package_data"].split()},
    python_requires=">=" + cfg["min_python"],
    install_requires=cfg["requirements"].split(),
    extras_require={extra: " ".join(cfg[f"{part}_requirements"] for part in parts).split()
                    for extra, parts in EXTRAS.items()},
    entry_points={"nbdev": [f"{cfg['lib_name']} = {cfg['lib_name']}._modidx:d"]},
)
