"""The benchmark: everyone trains the same or is refused; results alone make the page."""
import json
from dataclasses import replace

import numpy as np
import pytest

from nn_basics.descent import descend
from tools.bench import install, jobs, measure, notes, ours, page, products
from tools.bench.measure import OURS, PRODUCTS, REFERENCE
from tools.notebooks import Failure

QUIET = {"say": lambda line: None}
JOBS = {job.key: job for job in jobs.JOBS}


def small(job):
    "A job on few random examples, with fewer features and smaller batches."
    rng, m = np.random.default_rng(0), 480 if job.batch_size else 60
    job = replace(job, layers=(min(job.layers[0], 90), *job.layers[1:]),
                  batch_size=job.batch_size and 16, checked=30, updates=30)
    X = rng.standard_normal((m, job.layers[0])).astype(job.dtype).T
    X = jobs.in_a_file(X, 80) if job.block_size else X
    return jobs.Task(job, X, rng.integers(max(2, job.layers[-1]), size=(1, m)))


def test_all_reach_the_same_parameters():
    refused = []
    for key, job in JOBS.items():
        task = small(job)
        here, missing = measure.trainers(job)
        assert {OURS, REFERENCE} <= here.keys() and not here.keys() & missing.keys()
        found = measure.check(task, here, **QUIET)
        reasons = {name: found[name].get("left out", "") for name in here}
        refused += [(key, name, why) for name, why in reasons.items()
                    if "other parameters" in why]
        trained = here[REFERENCE](task, task.job.checked, lambda: None, task.order)
        moved = measure.distance(task.start, trained)
        assert moved > 1e-3, "a training that stays at its start proves nothing"
    assert not refused


def at_rate(learning_rate):
    "The package's trainer, with another learning rate."
    def train(task, *args):
        job = replace(task.job, learning_rate=learning_rate)
        return ours.train(replace(task, job=job), *args)
    return train


def changed(change, keys=("W1", "b1", "W2", "b2")):
    "The package's trainer, with a change of its parameters."
    def train(*args):
        trained = ours.train(*args)
        return {key: change(trained[key]) for key in keys}
    return train


WRONG = {"a rate off by a thousandth": at_rate(1.2 * 1.001),
         "one that lacks": changed(lambda value: value, ("W1", "W2", "b2")),
         "nan": changed(lambda value: value * np.nan),
         "another shape": changed(lambda value: value.ravel())}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_competitor_is_refused(fault):
    here = {OURS: ours.train, REFERENCE: notes.train, "wrong": WRONG[fault]}
    found = measure.check(small(JOBS["flower"]), here, **QUIET)
    assert "reaches other parameters" in found["wrong"]["left out"]
    assert "left out" not in found[OURS]


def test_who_is_refused_or_away_is_not_timed(monkeypatch):
    here = {OURS: ours.train, REFERENCE: notes.train, "wrong": WRONG["nan"]}
    monkeypatch.setattr(measure, "trainers", lambda job: (here, {"away": "gone"}))
    results = measure.measure(small(JOBS["flower"]), 0., **QUIET)
    assert "left out" in results["wrong"] and "median" not in results["wrong"]
    assert results["away"] == {"left out": "gone"}
    for name in (OURS, REFERENCE):
        assert results[name]["repeats"] == measure.LEAST and results[name]["median"] > 0


def test_as_many_updates_are_timed_as_the_time_is_divided_by(monkeypatch):
    task, clock = small(JOBS["flower"]), [0.]
    monkeypatch.setattr(measure.time, "perf_counter", lambda: clock[0])

    def step(parameters, columns):
        clock[0] += 1
        return 0., {"dw": np.zeros((1, 1))}

    def train(task, updates, ready, order):             # calls `ready` as the package does
        clock[0] += 1000
        descend(step, {"w": np.zeros((1, 1))}, updates, 1., record_every=updates,
                callback=lambda iteration, *_: None if iteration else ready())

    def others(task, updates, ready, order):
        clock[0] += 1000
        ready()
        clock[0] += updates

    times = measure.time_in_turns(task, {OURS: train, "others": others}, 0., **QUIET)
    assert times == {OURS: [1.] * measure.LEAST, "others": [1.] * measure.LEAST}


def test_a_package_that_is_off_stops_everything():
    with pytest.raises(Failure, match="flower: nn_basics reaches other parameters"):
        here = {OURS: at_rate(1.3), REFERENCE: notes.train}
        measure.check(small(JOBS["flower"]), here, **QUIET)


def test_who_cannot_do_a_job_says_why():
    def unable(*_):
        raise measure.Unable("reads no files")
    here = {OURS: notes.train, REFERENCE: notes.train, "unable": unable}
    found = measure.check(small(JOBS["flower"]), here, **QUIET)
    assert found["unable"] == {"left out": "reads no files"}


def test_the_products_are_those_of_an_update():
    task = small(JOBS["batches of 64"])
    for layout in (products.in_columns, products.in_rows):
        found = products.products(task, layout)
        assert len(found) == 5
        for left, right, out in found:
            product = np.dot(left, right, out=out)
            np.testing.assert_allclose(product, left @ right, rtol=1e-5)


def test_the_enlarged_digits_are_digits():
    X, y = jobs.enlarged_digits(50)
    pixels, classes = jobs.load_digits()
    first = np.unique(np.arange(28) * 8 // 28, return_index=True)[1]
    reduced = X.reshape(28, 28, 50)[np.ix_(first, first)].reshape(64, 50)
    nearest = np.square(reduced[:, :, None] - pixels[:, None]).sum(axis=0).argmin(axis=1)
    assert X.dtype == np.float32 and X.T.flags.c_contiguous
    assert (classes[:, nearest] == y).all()


@pytest.fixture
def results():
    "Results as the benchmark keeps them, of every job, with made-up times."
    def result(k):
        return {"median": k * 1e-3, "quartiles": [k * 0.9e-3, k * 1.2e-3], "repeats": 3}

    said = "key", "group", "title", "dtype", "updates", "batch_size", "whole", "checked"
    kept = [{name: getattr(job, name) for name in said} for job in jobs.JOBS]
    for job in kept:
        found = {name: {**result(k), "distance": 1e-16}
                 for k, name in enumerate([OURS, REFERENCE, "PyTorch", "JAX"], start=2)}
        found["scikit-learn"] = {"left out": "sklearn is not installed"}
        job.update(examples=100, tolerance=1e-9, results=found)
    kept[-1]["results"][PRODUCTS] = result(1)
    machine = {"processor": "Abacus", "cores": 2, "memory": 8.0, "system": "Slate"}
    return {"date": "2001-02-03", "cats": "the built-in ones", "machine": machine,
            "versions": {"Python": "3.99"}, "threads": {"PyTorch": 2}, "jobs": kept}


def test_the_page_shows_every_job_and_is_the_same_each_time(results, tmp_path):
    kept = tmp_path / "results.json"
    kept.write_text(json.dumps(results))
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        page.write(folder, kept)
    for name in ("benchmark.qmd", page.FIGURE):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    written = (folders[0] / "benchmark.qmd").read_text(encoding="utf-8")
    assert all(f"### {job.title}\n" in written for job in jobs.JOBS) and "$" not in written
    for words in ("2001-02-03", "Abacus", "Slate", "Python 3.99", page.FIGURE,
                  "not timed: sklearn is not installed"):
        assert words in written
    assert "| PyTorch | 4.00 ms | 2.00 | 3.60 to 4.80 | 1.0e-16 | 3 |" in written


def test_the_page_says_who_is_faster(results):
    assert page.wins(results) == "No competitor is faster on any of these trainings."
    results["jobs"][3]["results"]["JAX"]["median"] = 1e-3
    assert page.wins(results).startswith(
        f"Who is faster than the package: on *{jobs.JOBS[3].title}* "
        "JAX (0.50 of the time). Everywhere else")


def test_without_results_the_page_says_so(tmp_path):
    page.write(tmp_path, tmp_path / "none.json")
    written = (tmp_path / "benchmark.qmd").read_text(encoding="utf-8")
    assert "Nothing has been measured yet" in written
    assert not (tmp_path / page.FIGURE).exists()


def test_the_results_that_are_kept_are_of_the_jobs_there_are():
    kept = page.load()
    assert kept is None or [job["key"] for job in kept["jobs"]] == list(JOBS)


def test_a_competitor_that_does_not_install_is_told(monkeypatch, capsys):
    wanted = {requirement.partition(">")[0] for requirement in install.wanted()}
    assert wanted == {"torch", "jax", "scikit-learn"}
    assert install.is_here("numpy>=2") and not install.is_here("numpy>=999")
    assert not install.is_here("no-such-package")
    failed = type("Done", (), {"returncode": 1})
    monkeypatch.setattr(install.subprocess, "run", lambda command: failed)
    assert not install.install("no-such-package")
    assert "the benchmark runs without it" in capsys.readouterr().out
