"""SIGKILLs at random moments over sweeps with searches: of the command, its workers and their tuner trials.

python -m tests.faults.kills --kills 100

Whoever is killed, the same command resumes, and each sweep ends with the table of an undisturbed one. No process of a
command that was killed lives on for two seconds.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.faults import runner
from tests.faults.sweep import SEARCH, SWEEP

ASKED = [*SWEEP, "train.epochs=20", "train.patience=20", "hydra.launcher.workers=2", "seed=0,1"]
COMMAND, WORKER, TUNER_TRIAL = "the command", "a worker", "a tuner trial"
LONGEST = 300
# A tuner trial that is killed a third time in one start has failed, see `harness.search.trainings`.
TUNER_TRIALS_A_START = 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    chance, kills, orphans, sweeps, starts, wrong = random.Random(asked.seed), Counter(), 0, 0, 0, []
    runner.import_all()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        place = Path(folder).resolve()
        (place / "mine" / "search").mkdir(parents=True)
        (place / "mine" / "search" / "two.yaml").write_text(SEARCH)
        quiet = _table(place, _ended(place))
        while sum(kills.values()) < asked.kills:
            shutil.rmtree(place / "runs")
            sweeps += 1
            while sum(kills.values()) < asked.kills:
                starts += 1
                ended, left = _storm(place, chance, kills, asked.kills)
                orphans += left
                if ended:
                    break
            table = _table(place, _ended(place))
            if table != quiet:
                wrong.append(f"sweep {sweeps}: its table is\n{table}")
            said = ", ".join(f"{number} of {who}" for who, number in sorted(kills.items()))
            print(
                f"{sweeps} sweeps, {starts} starts, {sum(kills.values())} kills ({said}), {orphans} orphans", flush=True
            )
    print(*wrong, sep="\n")
    print(f"{sum(kills.values())} kills: {len(wrong)} of {sweeps} tables differ from the undisturbed one")
    sys.exit(bool(wrong or orphans))


def _storm(place, chance, kills, most):
    """Starts the sweep and kills until the command has ended: (whether it ended well, how many processes lived on)."""
    pid, tuner_trials, begun = runner.fork(place, ASKED), 0, time.monotonic()
    # Else the command would be killed before there is anybody else, again and again.
    while WORKER not in _alive(pid) and time.monotonic() < begun + LONGEST and not _has_ended(pid):
        time.sleep(0.1)
    while True:
        by = time.monotonic() + chance.uniform(0.2, 5)
        while time.monotonic() < by:
            ended, how = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(how) == 0, len(runner.left_behind(place))
            time.sleep(0.02)
        alive = _alive(pid)
        if tuner_trials == TUNER_TRIALS_A_START:
            alive.pop(TUNER_TRIAL, None)
        who = chance.choice(sorted(alive))
        with suppress(ProcessLookupError):
            os.kill(chance.choice(alive[who]), signal.SIGKILL)
            kills[who] += 1
        tuner_trials += who == TUNER_TRIAL
        if who == COMMAND or sum(kills.values()) == most:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return False, len(runner.left_behind(place))


def _has_ended(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _alive(command):
    """The living processes by what they are; between them stand the zygotes."""
    children = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = place.joinpath("stat").read_text().rpartition(") ")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(place.name))

    def served(pid):
        return [child for server in children.get(pid, []) for child in children.get(server, [])]

    workers = served(command)
    found = {COMMAND: [command], WORKER: workers, TUNER_TRIAL: [pid for worker in workers for pid in served(worker)]}
    return {who: pids for who, pids in found.items() if pids}


def _ended(place):
    return runner.start(place, ASKED, LONGEST)


def _table(place, ended):
    status, printed = ended
    if status != 0:
        sys.exit(f"the sweep ended with status {status}:\n{printed}")
    (table,) = place.glob("runs/sweeps/*/table.csv")
    return table.read_text()


if __name__ == "__main__":
    main()
