"""Runs the benchmark: python -m tools.bench."""
import argparse
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

from tools.bench import machine, page
from tools.bench.jobs import JOBS, prepare
from tools.bench.measure import TOLERANCE, measure, say
from tools.notebooks import ROOT, Failure


def description(task):
    "What the page says of a job, beside its results."
    job = task.job
    kept = "key", "group", "title", "dtype", "updates", "batch_size", "whole", "checked"
    described = {name: getattr(job, name) for name in kept}
    return described | {"examples": task.examples, "tolerance": TOLERANCE[job.dtype]}


def one_process(dtype, keys, cats, budget):
    "The results of the jobs of one dtype, and the threads that were used."
    done = []
    for job in (job for job in JOBS if job.dtype == dtype and job.key in keys):
        task = prepare(job, cats)
        done.append(description(task) | {"results": measure(task, budget, say)})
    return {"jobs": done, **machine.facts()}


def in_processes(arguments):
    "The results of all jobs, those of each dtype from a process of its own."
    cores, jobs, facts, load = str(machine.cores()), [], {}, machine.load()
    if load and load > 0.3:
        say(f"the machine is busy, with a load of {load}: times of several threads suffer "
            "most; better wait until it is idle")
    environment = os.environ | dict.fromkeys(machine.THREADS, cores)
    for dtype in TOLERANCE:
        command = [sys.executable, "-m", "tools.bench", "--process", dtype,
                   "--seconds", str(arguments.seconds), "--jobs", *arguments.jobs]
        command += ["--cats", arguments.cats] if arguments.cats else []
        done = subprocess.run(command, env=environment, cwd=ROOT, text=True,
                              stdout=subprocess.PIPE)
        if done.returncode:
            raise Failure(f"the process for {dtype} has failed")
        facts = json.loads(done.stdout)
        jobs += facts.pop("jobs")
    pictures = "the real ones" if arguments.cats else "the built-in ones"
    today = datetime.date.today().isoformat()
    return {"date": today, "cats": pictures, "load before": load, **facts, "jobs": jobs}


def arguments():
    "The command line."
    names = [job.key for job in JOBS]
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench",
        description="Time the trainings of the chapters beside others.")
    add = parser.add_argument
    add("--cats", type=os.path.abspath,
        help="folder with train_catvnoncat.h5 and test_catvnoncat.h5; "
             "without, the built-in pictures")
    add("--jobs", nargs="+", choices=names, default=names, metavar="JOB",
        help=f"some of: {', '.join(names)}; nothing is kept then")
    add("--seconds", type=float, default=40.,
        help="for the rounds of a job, of which there are three at least")
    add("--to", type=Path,
        help="the file for the results, in place of the one that the page is made from")
    add("--process", choices=list(TOLERANCE), help=argparse.SUPPRESS)
    return parser.parse_args()


def main(chosen):
    "Runs what was asked for, and shows the tables."
    if chosen.process:
        results = one_process(chosen.process, chosen.jobs, chosen.cats, chosen.seconds)
        return print(json.dumps(results))
    results = in_processes(chosen)
    target = chosen.to or (page.RESULTS if len(chosen.jobs) == len(JOBS) else None)
    if target:
        written = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
        target.write_text(written, encoding="utf-8")
    print(page.tables(results))
    print(f"written to {target}; make docs makes the page" if target
          else "some jobs only: nothing is kept")


if __name__ == "__main__":
    try:
        main(arguments())
    except Failure as failure:
        sys.exit(str(failure))
