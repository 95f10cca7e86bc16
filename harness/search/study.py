"""A trial that is a search: config -> tuner trials -> the best values -> repeats with fresh seeds -> tracked run."""

import time
from collections.abc import Callable, Mapping

from joblib import cpu_count

from harness.config.build import Parts, build
from harness.errors import InputError
from harness.processes.pool import Pool
from harness.search.space import Space
from harness.search.summary import Searched, write_search
from harness.search.trainings import Asked, Progress, Trainings
from harness.search.tried import best_of
from harness.search.tuner_trial import prepare_process
from harness.spec import Outcome
from harness.trial import trial
from harness.trial.claim import claim
from harness.trial.inputs import Inputs

# Then a fresh process takes over; one whose memory has grown is replaced earlier.
JOBS_PER_PROCESS = 1000


def run(
    parts: Parts,
    prepared: tuple[Inputs, Space],
    labels: Mapping[str, str],
    sweep: str | None,
    resume: bool,
    on_search: Callable[[Progress], None],
) -> Outcome:
    """Searches, trains the best again, and keeps it all as one tracked run with the others nested below it.

    A search that was killed resumes where it was and ends as if it had never stopped: no tuner trial is trained twice.
    One that is FINISHED in the store stands, unless `resume` is false.

    Args:
        prepared: what `prepare` gave for these parts.
        labels, sweep, resume: see `claim`.
        on_search: called after every tuner trial and every repeat.

    Raises:
        HarnessError: not one tuner trial, or not one repeat, gave a result.
    """
    inputs, space = prepared
    # In a sweep the other trials use the cores: what is left is for its launcher to say.
    workers = parts.search.workers or (1 if sweep else cpu_count())
    began, metric = time.perf_counter(), parts.search.objective_of(parts.metrics)
    asked = Asked(parts, inputs, space, metric, labels, sweep, on_search)
    with claim(parts, inputs, labels, sweep, resume=resume, reuse=resume) as claimed:
        if claimed.needs_record:
            with Pool(prepare_process, workers=workers, jobs_per_worker=JOBS_PER_PROCESS) as pool:
                trainings = Trainings(asked, claimed, pool)
                tried = trainings.tuner_trials()
                best, score = best_of(tried, metric)
                repeats = trainings.repeats(best)
            searched = Searched(tried, best, score, repeats, time.perf_counter() - began)
            write_search(asked, searched, claimed.folder)
        return claimed.commit()


def prepare(parts: Parts, labels: Mapping[str, str]) -> tuple[Inputs, Space]:
    """All that can be refused before anything is trained or written. Errors: `trial.prepare`, `checked_space`."""
    inputs, _ = trial.prepare(parts)
    return inputs, checked_space(parts, inputs, labels)


def checked_space(parts: Parts, inputs: Inputs, labels: Mapping[str, str]) -> Space:
    """The space of the parts' search, with every end of every range tried.

    Raises:
        InputError: as `Search.objective_of` and `Search.space_of`, or values that no network can be built with.
    """
    parts.search.objective_of(parts.metrics)
    space = parts.search.space_of(parts.config, labels)
    _, lookback, features = inputs.data.train.x.shape
    _, outputs = inputs.data.train.y.shape
    for key, value in space.tried():
        try:
            build({**space.applied({key: value}), "search": {}}, parts.names).family(lookback, features, outputs)
        except InputError as error:
            raise InputError(f"search.space.{key}", f"{value!r} is refused: {error.found}", error.instead) from error
    return space
