"""The benchmark's page and figure, from the results that are kept."""
import io
import json
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
RESULTS, TEMPLATE, FIGURE = HERE / "results.json", HERE / "page.md", "benchmark.png"
OURS, PRODUCTS, REFERENCE = "nn_basics", "matrix products alone", "notes' loop"
HEADINGS = {"cats": "On the cat pictures, whole trainings",
            "full batch": "Full batch, per update",
            "mini-batches": "Mini-batches, per update"}
HEAD = "| who | median | ratio | quartiles | same parameters to | runs |", "|---" * 6 + "|"
UNITS = (1, "s"), (1e-3, "ms"), (1e-6, "µs")
ALT = ("For each training, the time of every competitor over that of nn_basics "
       "on a logarithmic axis: to the right of the line at 1 they are slower, "
       "to its left faster")


def load(path=RESULTS):
    "The results that are kept, or None."
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def digits(number):
    "A number with three digits, or all those before the point."
    return f"{number:#.3g}".rstrip(".") if number < 100 else f"{number:.0f}"


def duration(seconds):
    "A time as size of its unit in seconds, and name of the unit."
    return next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])


def ratio(result, job):
    "A competitor's median over that of the package."
    return result["median"] / job["results"][OURS]["median"]


def times_as_long(value):
    "A ratio with two digits after the point, from 10 on with those before it."
    return f"{value:{'.0f' if value >= 10 else '.2f' if value >= 0.1 else '.2g'}}"


def closeness(name, result):
    "How close the parameters are to those of the notes' loop, in words."
    if name in (PRODUCTS, REFERENCE):
        return "" if name == PRODUCTS else "the yardstick"
    return f"{result['distance']:.1e}" if result["distance"] else "exactly"


def row(name, result, job):
    "A competitor's line in the table of a job."
    if "median" not in result:
        return f"| {name} | – | – | not timed: {result['left out']} | | |"
    size, unit = duration(result["median"])
    times = result["median"], *result["quartiles"]
    median, low, high = (digits(seconds / size) for seconds in times)
    ours = times_as_long(ratio(result, job))
    return (f"| {name} | {median} {unit} | {ours} | {low} to {high} "
            f"| {closeness(name, result)} | {result['repeats']} |")


def table(job):
    "A job's heading, what it is, and its results."
    what = "the whole training of" if job["whole"] else "time per update, over"
    about = (f"{job['examples']} examples, {job['dtype']}, {what} {job['updates']} "
             f"updates; parameters compared after {job['checked']} updates.")
    rows = [row(name, result, job) for name, result in job["results"].items()]
    return "\n".join([f"### {job['title']}", "", about, "", *HEAD, *rows, ""])


def tables(results):
    "The tables of all jobs, group by group."
    parts = []
    for group in dict.fromkeys(job["group"] for job in results["jobs"]):
        jobs = [job for job in results["jobs"] if job["group"] == group]
        parts += [f"## {HEADINGS.get(group, group)}", "", *map(table, jobs)]
    return "\n".join(parts)


def competitors(job):
    "The results of a job that are a training of somebody else's."
    return {name: result for name, result in job["results"].items()
            if name not in (OURS, PRODUCTS) and "median" in result}


def wins(results):
    "Where a competitor is faster, in words."
    parts = []
    for job in results["jobs"]:
        ratios = {name: ratio(result, job) for name, result in competitors(job).items()}
        faster = [f"{name} ({times_as_long(value)} of the time)"
                  for name, value in ratios.items() if value < 1]
        if faster:
            parts.append(f"on *{job['title']}* {', '.join(faster)}")
    if not parts:
        return "No competitor is faster on any of these trainings."
    return (f"Who is faster than the package: {'; '.join(parts)}. "
            "Everywhere else the package is as fast or faster.")


def machine(results):
    "The machine and its system, in words."
    facts = results["machine"]
    memory = f", {facts['memory']} GiB of memory" if facts["memory"] else ""
    return (f"{facts['processor']}, {facts['cores']} cores{memory}, {facts['system']}; "
            f"the cat pictures are {results['cats']}")


def versions(results):
    "The versions, and the numbers of threads."
    found = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    threads = ", ".join(f"{name} {number}" for name, number in results["threads"].items())
    return (f"Versions: {found}. Threads: {threads}; "
            "JAX does not say, and takes the cores that there are")


def picture(results):
    "The figure as PNG: times over the package's, by job and competitor."
    from nn_basics.style import CLASSES, INK, MARKERS, figure, legend_at
    jobs = results["jobs"]
    timed = [{name: ratio(result, job) for name, result in job["results"].items()
              if name != OURS and "median" in result} for job in jobs]
    names = list(dict.fromkeys(name for ratios in timed for name in ratios))
    fig, ax = figure(width=5, height=1.3 + 0.7 * len(jobs))
    for k, name in enumerate(names):
        at = [i for i, ratios in enumerate(timed) if name in ratios]
        ax.plot([timed[i][name] for i in at], [i + 0.1 * (k - 1) for i in at], MARKERS[k],
                color=CLASSES[k], markersize=6.5, label=name)
    for i, job in enumerate(jobs):
        ax.vlines(1, i - 0.2, i + 0.4, color=INK, linestyle="--", linewidth=1)
        ax.text(0, i - 0.25, f" {job['title']}", va="bottom",
                transform=ax.get_yaxis_transform())
    ax.set(xscale="log", xlabel="times as long as nn_basics", ylim=(len(jobs) - 0.5, -0.65),
           yticks=[])
    ax.xaxis.set_major_formatter("{x:g}")
    ax.grid(axis="x", color=INK, alpha=0.25, linewidth=0.6)
    legend_at(ax, "above")
    data = io.BytesIO()
    fig.savefig(data, format="png", dpi=144)
    return data.getvalue()


def page(results):
    "The Markdown of the page."
    if results is None:
        return "Nothing has been measured yet: `make bench` does it.\n"
    words = {"date": results["date"], "machine": machine(results),
             "versions": versions(results), "alt": ALT, "figure": FIGURE,
             "wins": wins(results), "tables": tables(results)}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(words)


def write(folder, path=RESULTS):
    "Writes the page, and its figure if there is one, into a folder."
    results = load(path)
    written = '---\ntitle: "Benchmark"\n---\n\n' + page(results)
    (folder / "benchmark.qmd").write_text(written, encoding="utf-8")
    if results is not None:
        (folder / FIGURE).write_bytes(picture(results))
