"""From a real server on this machine."""

import hashlib
from functools import partial
from http.server import SimpleHTTPRequestHandler

import pytest

from harness.data.sources.download import downloaded
from harness.errors import InputError
from tests.loopback import serving

CONTENT = b"load\n1\n2\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Counting(SimpleHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        Counting.asked += 1
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "load.csv").write_bytes(CONTENT)
    Counting.asked = 0
    with serving(partial(Counting, directory=tmp_path / "public")) as address:
        yield f"{address}/load.csv"


def test_it_is_fetched_once(server, tmp_path):
    first = downloaded(server, DIGEST, str(tmp_path / "kept"))
    assert first.read_bytes() == CONTENT
    assert downloaded(server, DIGEST, str(tmp_path / "kept")) == first
    assert Counting.asked == 1


def test_a_damaged_copy_is_fetched_again(server, tmp_path):
    downloaded(server, DIGEST, str(tmp_path / "kept")).write_bytes(b"load\n1")
    assert downloaded(server, DIGEST, str(tmp_path / "kept")).read_bytes() == CONTENT
    assert Counting.asked == 2


def test_another_file_is_refused_and_not_kept(server, tmp_path):
    with pytest.raises(InputError, match=rf"gave a file with the SHA-256 {DIGEST}, not {'0' * 64}"):
        downloaded(server, "0" * 64, str(tmp_path / "kept"))
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize("where", ["http://127.0.0.1:9/load.csv", "no-address", "{server}x"])
def test_no_answer(server, tmp_path, where):
    with pytest.raises(InputError, match=r"data\.url: .* cannot be fetched: .*name its place in data\.path|data\.path"):
        downloaded(where.format(server=server), DIGEST, str(tmp_path / "kept"))
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_without_a_digest_is_refused(server, tmp_path):
    with pytest.raises(InputError, match=r"data\.sha256: no digest given"):
        downloaded(server, None, str(tmp_path))
