import numpy as np
import pytest

from harness.errors import InputError
from harness.weights.schemes.file import file

ROWS = np.arange(40.0).reshape(10, 4)


@pytest.fixture
def refused(split):
    def found(path, samples=11, at=None):
        at = at or split(4, 3, 4, samples=samples)
        with pytest.raises(InputError) as caught:
            file(at, at, path=str(path))
        return caught.value

    return found


@pytest.mark.parametrize("weights", [ROWS[0], ROWS[:3]])
@pytest.mark.parametrize("suffix", ["npy", "npz", "csv"])
def test_shared_weights_and_one_row_for_each_sample_of_the_split(tmp_path, split, weights, suffix):
    path = tmp_path / f"w.{suffix}"
    if suffix == "npy":
        np.save(path, weights)
    elif suffix == "npz":
        np.savez(path, w=weights, other=np.ones(2))
    else:
        np.savetxt(path, weights, delimiter=",")
    at = split(4, 3, 4)
    np.testing.assert_array_equal(file(at, at, path=str(path)), weights)


def test_one_row_for_each_sample_of_the_source_is_taken_by_index(tmp_path, split):
    path = tmp_path / "w.npy"
    np.save(path, ROWS)
    at = split(4, 3, 4, samples=10)
    np.testing.assert_array_equal(file(at, at, path=str(path)), ROWS[4:7])


def test_rows_for_neither_the_split_nor_the_source_are_refused(tmp_path, refused):
    path = tmp_path / "w.npy"
    np.save(path, ROWS)
    told = refused(path, samples=11)
    assert told.key == "weights.path"
    assert told.found == f"{path} holds weights of shape [10, 4]"
    assert told.instead == (
        "Give [4] (shared), [3, 4] (one row for each sample of this split), "
        "or [11, 4] (one row for each sample of the source, in time order)"
    )


@pytest.mark.parametrize("shape", [(3,), (5,), (4, 1), (3, 1), (3, 5), (4, 3), (2, 2), (1, 3, 4), ()])
def test_any_other_shape_is_refused(tmp_path, refused, shape):
    path = tmp_path / "w.npy"
    np.save(path, np.ones(shape))
    assert refused(path).found == f"{path} holds weights of shape {list(shape)}"


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3,4\n",
        "a,b,c,d\n1,2,3,4\n",
        "1\n2\n3\n4\n",
        "weight\n1\n2\n3\n4\n",
        "\ufeff1,2,3,4\n",
        '"x y","b",c,d\n1,2,3,4',
    ],
)
def test_a_csv_of_shared_weights_is_a_row_or_a_column_with_or_without_a_header(tmp_path, split, text):
    path = tmp_path / "W.CSV"
    path.write_text(text, encoding="utf-8")
    at = split(0, 3, 4)
    np.testing.assert_array_equal(file(at, at, path=str(path)), [1, 2, 3, 4])


def test_a_csv_of_four_values_in_a_square_is_not_read_as_shared(tmp_path, refused):
    path = tmp_path / "w.csv"
    path.write_text("1,2\n3,4\n")
    assert "holds weights of shape [2, 2]" in refused(path).found


def test_a_csv_for_one_output_may_have_a_row_a_sample(tmp_path, split):
    path = tmp_path / "w.csv"
    path.write_text("w\n1\n2\n3\n")
    at = split(0, 3, 1)
    np.testing.assert_array_equal(file(at, at, path=str(path)), [[1], [2], [3]])


@pytest.mark.parametrize("text", ["1,2,3,4\n1,2,x,4\n", "1,2,3,4\n1,2\n", "1,2,,4\n1,2,3,4\n2,,3,4\n"])
def test_a_csv_with_holes_or_words_is_refused(tmp_path, refused, text):
    path = tmp_path / "w.csv"
    path.write_text(text)
    told = refused(path)
    assert told.key == "weights.path"
    assert f"{path} cannot be read" in told.found
    assert "Give a CSV of numbers, parted by commas" in told.instead


def test_null_gives_the_weights_that_the_data_brought(split):
    brought = ROWS[:3]
    at = split(0, 3, 4, brought)
    np.testing.assert_array_equal(file(at, at, path=None), brought)


def test_null_without_such_weights_is_refused(split):
    at = split(0, 3, 4)
    with pytest.raises(InputError) as caught:
        file(at, at, path=None)
    assert caught.value.key == "weights.path"
    assert caught.value.found == "got null, and the data brought no weights along"
    assert "Write weights.path=<file>" in caught.value.instead


def test_a_missing_file_or_kind_of_file_is_named(tmp_path, refused):
    missing = tmp_path / "none.npy"
    assert str(refused(missing)) == (
        f"weights.path: there is no file {missing}. Write the path of a .npy, .npz or .csv file"
    )
    assert refused("w.xlsx").found == "got w.xlsx"


def test_a_npz_without_w_names_what_it_holds(tmp_path, refused):
    path = tmp_path / "w.npz"
    np.savez(path, weights=ROWS, y=ROWS)
    assert refused(path).found == f"{path} holds ['weights', 'y']"
    assert refused(path).instead == "Give a .npz file with an array named w"


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_damaged_file_is_refused(tmp_path, refused, suffix):
    path = tmp_path / f"w.{suffix}"
    path.write_bytes(b"PK\x03\x04 no array")
    assert f"{path} cannot be read" in refused(path).found


def test_objects_and_words_are_refused(tmp_path, refused):
    objects, words = tmp_path / "objects.npy", tmp_path / "words.npy"
    np.save(objects, np.array([1, None, 2, 3], dtype=object), allow_pickle=True)
    np.save(words, np.array(["1", "2", "3", "4"]))
    assert "cannot be read" in refused(objects).found
    assert f"{words} holds values of type <U1" in refused(words).found
