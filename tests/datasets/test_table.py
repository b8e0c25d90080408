import math
import time

import numpy as np
import pytest

from logitscope._exceptions import DatasetError
from logitscope.datasets import read_table

ROWS = "x,y,label\n1,2,b\n3.5,-4e1,a\n5,6,b\n"


@pytest.fixture
def write(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def assert_is_rows(dataset):
    np.testing.assert_array_equal(dataset.X, [[1, 2], [3.5, -40], [5, 6]])
    np.testing.assert_array_equal(dataset.y, [1, 0, 1])
    assert dataset.X.dtype == np.float64
    assert dataset.y.dtype == np.intp
    assert dataset.target_names == ("a", "b")


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        ROWS.replace(",", ";"),
        ROWS.replace(",", "\t"),
        ROWS.replace("\n", "\r\n"),
        ROWS.replace("\n", "\r"),
        ROWS.rstrip(),
        b"\xef\xbb\xbf" + ROWS.encode(),
        ROWS.replace(",", ", ").replace("b\n", "b  \n"),
        '"x","y","label"\n"1","2","b"\n3.5,-4e1,"a"\n5,6,b\n',
        "\n\nx,y,label\n1,2,b\n\n   \n3.5,-4e1,a\n5,6,b\n\n",
        "x,y,label\n+1.,02,b\n3.50,-40.0,a\n5E0,.6e1,b\n",
    ],
    ids=[
        *("comma", "semicolon", "tab", "crlf", "cr", "no-final-newline"),
        *("bom", "spaces", "quotes", "blank-lines", "numerals"),
    ],
)
def test_one_table_written_in_many_ways(write, content):
    dataset = read_table(write(content))
    assert_is_rows(dataset)
    assert dataset.feature_names == ("x", "y")
    assert dataset.description == "table.csv: 3 rows, target 'label'."


def test_no_header(write):
    dataset = read_table(write("1,2,b\n3.5,-4e1,a\n5,6,b\n"))
    assert_is_rows(dataset)
    assert dataset.feature_names == ("x0", "x1")


def test_names_and_labels_in_any_language_and_with_separators(write):
    content = '높이,"Größe, cm",클래스\n1,2,"부정, ""no"""\n3,4,긍정\n'
    dataset = read_table(write(content))
    assert dataset.feature_names == ("높이", "Größe, cm")
    assert dataset.target_names == ("긍정", '부정, "no"')


def test_a_label_may_run_over_two_lines_and_later_lines_are_counted_right(write):
    path = write('x,label\n1,"a\nb"\n2,c\n3,c\n')
    assert read_table(path).target_names == ("a\nb", "c")
    path = write('x,label\n1,"a\nb"\n2,c\n?,c\n')
    with pytest.raises(DatasetError) as caught:
        read_table(path)
    assert str(caught.value).startswith(f"{path}, line 5, column 'x': ")


@pytest.mark.parametrize("target", ["y", 1, -2, "1", "-2", np.int64(1)])
def test_target_by_name_and_by_index(write, target):
    dataset = read_table(write("x,y,z\n1,0,2\n3,1,4\n5,0,6\n"), target)
    np.testing.assert_array_equal(dataset.X, [[1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(dataset.y, [0, 1, 0])
    assert dataset.feature_names == ("x", "z")


def test_a_name_goes_before_an_index_that_reads_the_same(write):
    dataset = read_table(write("2,1,0,q\n1,7,3,4\n3,8,5,6\n"), "1")
    assert dataset.feature_names == ("2", "0", "q")
    assert dataset.target_names == ("7", "8")


def test_a_named_target_makes_the_first_row_a_header(write):
    assert read_table(write("0,1,species\n5,6,a\n7,8,b\n"), "species").feature_names == ("0", "1")


@pytest.mark.parametrize(
    ("labels", "names", "codes"),
    [
        (["10", "9", "10"], ("9", "10"), [1, 0, 1]),
        (["1.0", "-1", "1"], ("-1", "1"), [1, 0, 1]),
        (["0.5", "0.25", "5e-1"], ("0.25", "0.5"), [1, 0, 1]),
        (["True", "False", "True"], ("False", "True"), [1, 0, 1]),
        (["b", "10", "b"], ("10", "b"), [1, 0, 1]),
        (["none", "mild", "none"], ("mild", "none"), [1, 0, 1]),
        (["9007199254740993", "9007199254740992", "9007199254740993"], None, [1, 0, 1]),
    ],
)
def test_labels_of_any_kind(write, labels, names, codes):
    content = "x,label\n" + "".join(f"{row},{label}\n" for row, label in enumerate(labels))
    dataset = read_table(write(content))
    assert dataset.target_names == (names or ("9007199254740992", "9007199254740993"))
    np.testing.assert_array_equal(dataset.y, codes)


def test_a_decimal_comma_does_not_pass_for_a_separator(write):
    path = write("1,5;2,5;a\n3,5;4,5;b\n")
    with pytest.raises(DatasetError) as caught:
        read_table(path)
    assert str(caught.value) == (
        f"{path}, line 1, column 'x0': a feature must be a number; got '1,5'. Write decimals with a point."
    )


def test_a_separator_inside_labels_does_not_pass_for_one(write):
    dataset = read_table(write("1,2,a;b\n3,4,c;d\n"))
    assert dataset.target_names == ("a;b", "c;d")


NUMBER = "a feature must be a number; got {}. Encode the column as numbers or remove it; if it holds the labels, "
NUMBER += "name it with `target=`."
FINITE = "a feature must be finite; got {}. Remove the row or replace the value."
MISSING = "the value is missing (got {}). Remove the row or fill in a number."
LABEL = "the label is missing (got {}). Remove the row or label it."
ONE_COLUMN = ": the file has one column. It must have features and a label, separated by commas, semicolons or tabs."
EMPTY = ": the file is empty. It must have at least two rows of numbers and a label."
TWO_ROWS = ": the file has {}. It must have at least two rows, of two classes."
BINARY = ": the file is binary, not text. Save the table as CSV in UTF-8."
RAGGED = ", line {}: the row has {} where the first row has {} (separated by comma). "
RAGGED += "Every row must have the same number."
QUOTES = ", line {}: the row cannot be split into fields ({}). Check its quotes."
NAMED = " Name the column of labels with `target=`: 'x', 'label'."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", EMPTY),
        (b" \n\r\n \n", EMPTY),
        (b"\xef\xbb\xbf", EMPTY),
        (b"\x89PNG\r\n\x1a\n\0\0\0", BINARY),
        (ROWS.encode("utf-16"), ": the file is in UTF-16. Save it as CSV in UTF-8."),
        (
            "x,größe\n1,2\n".encode("latin-1"),
            ", line 1: the byte 0xf6 is not UTF-8. Save the file as CSV in UTF-8.",
        ),
        ("x\n1\n2\n", ONE_COLUMN),
        ("1 2 a\n3 4 b\n", ONE_COLUMN),
        ('""\n', ONE_COLUMN),
        ("x,label\n", TWO_ROWS.format("only a header")),
        ("1,2,a\n", TWO_ROWS.format("only one row")),
        ("x,label\n1,a\n", TWO_ROWS.format("only one row")),
        ("x,y,label\n1,2,a\n3,b\n", RAGGED.format(3, "2 fields", 3)),
        ("x,y,label\n\n1,2,a\n3,4,b,\n", RAGGED.format(4, "4 fields", 3)),
        ("x,y,label\n1,2,a\nend\n", RAGGED.format(3, "1 field", 3)),
        ('x,label\n1,a\n2,"b\n3,c\n', QUOTES.format(3, "unexpected end of data")),
        ('x,label\n1,a\n2,"b"c\n3,c\n', QUOTES.format(3, "',' expected after '\"'")),
        (
            "\n\nx,y,x\n1,2,3\n4,5,6\n",
            ", line 3: the name 'x' is given to column 0 and to column 2. Rename one of them.",
        ),
        (
            ",x,label\n0,1,a\n1,2,b\n",
            ", line 1: column 0 has no name. Name it; if it holds row numbers, remove it "
            "(with pandas, write the file with `index=False`).",
        ),
        (
            "oops,2,a\n1,2,b\n3,4,a\n",
            ", line 1: the row has numbers, and 'oops' above numbers: it may be a header or not. "
            "If it is one, name the column of labels with `target=`; if not, correct the value.",
        ),
        ("NA,2,a\n1,2,b\n", ", line 1, column 'x0': " + MISSING.format("'NA'")),
        ("x,label\n1,a\n,b\n", ", line 3, column 'x': " + MISSING.format("''")),
        ("x,label\n1,a\n ? ,b\n", ", line 3, column 'x': " + MISSING.format("'?'")),
        ("x,label\n1,a\nNaN,b\n", ", line 3, column 'x': " + MISSING.format("'NaN'")),
        ("x,label\n1,a\n-nan,b\n", ", line 3, column 'x': " + FINITE.format("'-nan'")),
        ("x,label\n1,a\n-inf,b\n", ", line 3, column 'x': " + FINITE.format("'-inf'")),
        ("x,label\n1,a\n1e999,b\n", ", line 3, column 'x': " + FINITE.format("'1e999'")),
        ("x,label\n1,a\n\nred,b\n", ", line 4, column 'x': " + NUMBER.format("'red'")),
        ("x_1,label\n1,a\n1_000,b\n", ", line 3, column 'x_1': " + NUMBER.format("'1_000'")),
        ("x,label\n1,a\n0x10,b\n", ", line 3, column 'x': " + NUMBER.format("'0x10'")),
        ("x,label\n1,a\n2,\n", ", line 3, column 'label': " + LABEL.format("''")),
        ("x,label\n1,a\n2,NaN\n", ", line 3, column 'label': " + LABEL.format("'NaN'")),
        (
            "x,label\n1,a\n2,a\n",
            ", column 'label': the target has one class, 'a', and two are needed." + NAMED,
        ),
        (
            "x,label\n1,1\n2,1.0\n",
            ", column 'label': the target has one class, '1', and two are needed." + NAMED,
        ),
        (
            "x,label\n1,a\n2,b\n3,c\n4,a\n",
            ", column 'label': the target has 3 different values in 4 rows, which are no classes." + NAMED,
        ),
        (
            "x,label\n" + "".join(f"{i},{i % 25 / 10}\n" for i in range(100)),
            ", column 'label': the target has 25 different values in 100 rows, which are no classes." + NAMED,
        ),
    ],
)
def test_files_that_are_refused(write, content, message):
    path = write(content)
    with pytest.raises(DatasetError) as caught:
        read_table(path)
    assert str(caught.value) == f"{path}{message}"


@pytest.mark.parametrize("target", ["species", 3, -4, 1.0, True, "3"])
def test_targets_that_are_refused(write, target):
    path = write(ROWS)
    with pytest.raises(DatasetError) as caught:
        read_table(path, target)
    assert str(caught.value) == (
        f"`target` must be a column of {path}: an index from 0 to 2 or one of 'x', 'y', 'label'; got {target!r}."
    )


def test_a_header_above_decimal_commas_is_one(write):
    path = write("a;b;label\n1,5;2,5;x\n3,5;4,5;y\n")
    with pytest.raises(DatasetError) as caught:
        read_table(path)
    assert str(caught.value) == (
        f"{path}, line 2, column 'a': a feature must be a number; got '1,5'. Write decimals with a point."
    )


def test_a_name_where_there_is_no_header_is_refused(write):
    path = write("1,2\n3,4\n")
    with pytest.raises(DatasetError) as caught:
        read_table(path, "label")
    assert str(caught.value) == (
        f"`target` must be a column of {path} (there is no header): an index from 0 to 1 or one of "
        "'x0', 'x1'; got 'label'."
    )


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(DatasetError) as caught:
        read_table(tmp_path / "none.csv")
    assert str(caught.value) == f"{tmp_path / 'none.csv'}: there is no such file. Check the path."
    with pytest.raises(DatasetError) as caught:
        read_table(tmp_path)
    assert str(caught.value) == f"{tmp_path}: the file cannot be read (Is a directory)."


def test_what_numpy_reads(write):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 4)) * 10.0 ** rng.integers(-300, 300, size=(200, 4))
    y = rng.integers(0, 3, 200)
    path = write("a,b,c,d,label\n")
    with path.open("a") as file:
        np.savetxt(file, np.column_stack([X, y]), delimiter=",", fmt="%.17g")
    dataset = read_table(path)
    expected = np.loadtxt(path, delimiter=",", skiprows=1)
    np.testing.assert_array_equal(dataset.X, expected[:, :4])
    np.testing.assert_array_equal(dataset.X, X)
    np.testing.assert_array_equal(dataset.y, y)


def test_a_large_file_is_read_at_the_speed_of_its_conversion(write):
    """20,000 rows of 30 numbers, which take about half a second."""
    line = ",".join(repr(math.sqrt(column + 2)) for column in range(30))
    path = write("".join(f"{line},{'ab'[row % 2]}\n" for row in range(20_000)))
    start = time.perf_counter()
    assert read_table(path).X.shape == (20_000, 30)
    assert time.perf_counter() - start < 5
