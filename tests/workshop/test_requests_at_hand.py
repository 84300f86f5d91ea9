"""What a newcomer sees of a file of their own: its names, its rows, its gaps, and what to write where something is missing."""

import pandas as pd
import pytest

from slo_workbench.document import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.workshop.guessed_columns import guess_columns, guessed_text
from slo_workbench.workshop.opening import open_workshop
from slo_workbench.workshop.own_data import columns_as_they_stand, files_at_hand
from slo_workbench.workshop.requests_at_hand import requests_at_hand

MAPPING = "time=ts, status=code, latency_ms=took * 1000, route=endpoint"


@pytest.fixture
def workshop(tmp_path):
    """Return an empty workbook with a file of calls beside it: one a minute for three days, a hole of five hours on the second."""
    (tmp_path / "workbook.yaml").write_text("service: {name: shop, time_zone: Europe/Berlin}\n")
    times = pd.date_range("2026-05-04 00:00", periods=3 * 1440, freq="min")
    times = times[(times < "2026-05-05 10:00") | (times >= "2026-05-05 15:00")]
    codes = [500 if minute % 100 == 7 else 200 for minute in range(len(times))]
    routes = ["/pay" if minute % 2 else "/<b>list" for minute in range(len(times))]
    frame = pd.DataFrame({"ts": times.strftime("%Y-%m-%dT%H:%M:%SZ"), "endpoint": routes, "code": codes, "took": 0.25})
    frame.to_csv(tmp_path / "calls.csv", index=False)
    return open_workshop(str(tmp_path / "workbook.yaml"))


def test_an_empty_workbook_says_which_files_lie_beside_it_and_where_to_write_their_name(workshop):
    with pytest.raises(FindingsError, match=r'no requests yet(.|\n)*requests_path: str = "calls.csv"'):
        requests_at_hand(workshop)


def test_notebooks_and_the_workbook_itself_are_no_requests(workshop):
    for name in ("02.ipynb", "agenda.md", ".hidden.csv", "workbook.schema.json"):
        (workshop.folder / name).write_text("{}")
    assert files_at_hand(workshop.folder) == ("calls.csv",)


def test_a_file_is_shown_with_its_own_names_and_the_line_to_write(workshop):
    shown = columns_as_they_stand(workshop, path="calls.csv").text
    assert 'columns: str = "time=ts, status=code, latency_ms=took * 1000, route=endpoint"' in shown
    assert "<b>" not in columns_as_they_stand(workshop, path="calls.csv").html


def test_without_a_time_the_error_holds_the_line_to_write(workshop):
    file = workshop.folder / "calls.csv"
    file.write_text(file.read_text().replace("ts,endpoint", "when,endpoint"))
    with pytest.raises(FindingsError, match='columns: str = "time=when, status=code'):
        requests_at_hand(workshop, path="calls.csv")


def test_a_mapped_file_is_counted_and_shown_in_canonical_columns(workshop):
    hand = requests_at_hand(workshop, path="calls.csv", columns=MAPPING)
    assert hand.n_rows == 3 * 1440 - 300
    assert hand.first_rows(1).frame["latency_ms"].tolist() == [250.0]
    assert "4,020 rows read, 4,020 used, 0 refused" in hand.sentences[0]
    assert "/pay  2,010  50" in hand.values().text.replace("\u00a0", " ")
    assert "your own column" in hand.columns().text


def test_a_hole_in_the_data_is_told_in_the_zone_of_the_service(workshop):
    hand = requests_at_hand(workshop, path="calls.csv", columns=MAPPING)
    assert hand.gaps[["start", "end"]].to_numpy().tolist() == [[pd.Timestamp("2026-05-05 10:00"), pd.Timestamp("2026-05-05 15:00")]]
    assert "2026-05-05 12:00  2026-05-05 17:00" in hand.by_day().text
    assert "1 stretch without data" in hand.by_day().html


def test_refused_rows_are_told_with_an_example(workshop):
    with (workshop.folder / "calls.csv").open("a") as file:
        file.write("yesterday,/pay,200,0.1\n")
    hand = requests_at_hand(workshop, path="calls.csv", columns=MAPPING)
    assert hand.account.n_rows_refused == 1
    assert "yesterday" in hand.quality().text


def test_no_missing_value_is_shown_as_nan(workshop):
    file = workshop.folder / "calls.csv"
    file.write_text(file.read_text().replace(",0.25", ",", 3))
    shown = requests_at_hand(workshop, path="calls.csv", columns=MAPPING).first_rows(3).shown
    assert shown.text.count("–") == 3
    assert "nan" not in shown.html.lower()


def test_a_column_that_is_mapped_is_shown_once(workshop):
    hand = requests_at_hand(workshop, path="calls.csv", columns=MAPPING)
    assert list(hand.first_rows(1).frame.columns) == ["time", "route", "status", "latency_ms"]
    assert "time (UTC)" in hand.first_rows(1).shown.html


def test_rows_are_not_called_complete_where_some_are_missing(workshop):
    assert "Some may be missing" in requests_at_hand(workshop, path="calls.csv", columns=MAPPING).quality().text


def test_counts_at_even_distances_are_no_requests(workshop):
    hours = pd.date_range("2026-05-04", periods=48, freq="h").delete(5)
    pd.DataFrame({"time": hours.strftime("%Y-%m-%dT%H:%M:%SZ"), "valid": 10, "good": 9}).to_csv(workshop.folder / "hours.csv", index=False)
    hand = requests_at_hand(workshop, path="hours.csv")
    assert hand.step_minutes == 60
    assert len(hand.gaps) == 1


@pytest.mark.parametrize("place", ["../calls.csv", "/etc/hostname"])
def test_a_file_elsewhere_is_refused_with_where_to_copy_it(workshop, place):
    with pytest.raises(FindingsError, match="copy it there"):
        requests_at_hand(workshop, path=place)


def test_a_link_that_leads_out_is_not_looked_at(workshop, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.csv"
    outside.write_text("ts\n2026-05-04\n")
    (workshop.folder / "link.csv").symlink_to(outside)
    for look in (columns_as_they_stand, requests_at_hand):
        with pytest.raises(FindingsError, match="leads out of"):
            look(workshop, path="link.csv")


def test_a_mapping_that_is_none_is_refused(workshop):
    with pytest.raises(UnusableValue, match="columns takes NAME=VALUE"):
        requests_at_hand(workshop, path="calls.csv", columns="ts")


def test_an_unknown_source_names_those_there_are(workshop):
    workshop.path.write_text("service: {name: shop}\nsources: {calls: {path: calls.csv, columns: {time: ts}}}\n")
    with pytest.raises(FindingsError, match="there is: calls"):
        requests_at_hand(workshop, "cals")
    with pytest.raises(FindingsError, match="did you mean 'route'"):
        requests_at_hand(workshop, path="calls.csv", columns=MAPPING).values("rout")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"timestamp": ["2026-05-04 10:00"], "duration_ms": [120]}, {"time": "timestamp", "latency_ms": "duration_ms"}),
        ({"created_at": ["2026-05-04"], "elapsed_us": [1200]}, {"time": "created_at", "latency_ms": "elapsed_us / 1000"}),
        ({"epoch_ts": [1772000000], "took": [0.4]}, {"time": "epoch_ts", "latency_ms": "took * 1000"}),
        ({"epoch_ts": [1772000000], "took": [420.5]}, {"time": "epoch_ts", "latency_ms": "took"}),
        ({"when": ["2026-05-04 10:00"], "ms": [120]}, {"time": "when", "latency_ms": "ms"}),
        ({"when": ["2026-05-04 10:00"], "millis": [120]}, {"time": "when", "latency_ms": "millis"}),
        ({"when": ["2026-05-04 10:00"], "seconds": [2]}, {"time": "when", "latency_ms": "seconds * 1000"}),
        ({"when": ["2026-05-04 10:00"], "s": [0.1]}, {"time": "when", "latency_ms": "s * 1000"}),
        ({"when": ["2026-05-04 10:00"], "rt": [230]}, {"time": "when", "latency_ms": "rt"}),
        ({"when": ["2026-05-04 10:00"], "ms": [-7]}, {"time": "when"}),
        ({"when": ["2026-05-04 10:00"], "items": [7], "address": [7]}, {"time": "when"}),
        ({"day": ["2026-05-04"], "promo_code": ["SPRING"]}, {"time": "day"}),
        ({"day": ["2026-05-04"], "code": [7]}, {"time": "day"}),
    ],
)
def test_columns_are_guessed_from_names_and_values(rows, expected):
    assert guess_columns(pd.DataFrame(rows)) == expected


def test_a_unit_that_no_name_tells_is_asked_for(workshop):
    assert "Is took in seconds?" in columns_as_they_stand(workshop, path="calls.csv").text
    told = "time=ts, status=code, route=endpoint"
    assert "but for a guess of latency_ms" in columns_as_they_stand(workshop, path="calls.csv", columns=told).text
    assert "guess" not in columns_as_they_stand(workshop, path="calls.csv", columns=MAPPING).text


def test_a_guess_leaves_out_what_is_called_as_it_means():
    assert guessed_text({"time": "time", "latency_ms": "took"}) == "latency_ms=took"


def test_a_text_file_is_read_once_and_again_when_it_has_changed(workshop):
    hand = requests_at_hand(workshop, path="calls.csv", columns=MAPPING)
    again = requests_at_hand(workshop, path="calls.csv", columns=MAPPING)
    assert again.account is hand.account
    kept = hand.rows.file
    (workshop.folder / "calls.csv").rename(workshop.folder / "gone.csv")
    with hand.opened() as opened:  # from what was kept
        assert opened.table.count().to_pyarrow().as_py() == hand.n_rows
    text = (workshop.folder / "gone.csv").read_text()
    (workshop.folder / "calls.csv").write_text(text + "2026-05-07T00:00:00Z,/pay,200,0.1\n")
    assert requests_at_hand(workshop, path="calls.csv", columns=MAPPING).n_rows == hand.n_rows + 1
    del hand, again
    assert not kept.parent.exists()


def test_another_file_is_a_source_of_its_own_and_no_mapping_is_applied_unsaid(workshop):
    workshop.path.write_text(
        f"service: {{name: shop}}\nsources: {{calls: {{path: calls.csv, columns: {{{MAPPING.replace('=', ': ')}}}}}}}\n"
    )
    line = '192.0.2.7 - - [04/May/2026:10:00:00 +0000] "GET /pay HTTP/1.1" 200 12 "-" "-"\n'
    (workshop.folder / "access.log").write_text(line * 3)
    log = requests_at_hand(workshop, path="access.log")
    assert (log.name, log.n_rows, dict(log.source.columns)) == ("access", 3, {})
    assert log.sentences[0].startswith("A new source, access, because access.log is another file than calls.csv")
    assert "A new source, access" in columns_as_they_stand(workshop, path="access.log").text
    again = requests_at_hand(workshop, path="calls.csv")
    assert (again.name, again.said) == ("calls", "")
    (workshop.folder / "calls.2.csv").write_text((workshop.folder / "calls.csv").read_text())
    assert requests_at_hand(workshop, path="calls.2.csv", columns=MAPPING).name == "calls-2"
    replaced = requests_at_hand(workshop, "calls", path="calls.2.csv")
    assert "in the place of calls.csv of the source calls, with the mapping" in replaced.sentences[0]


def test_hints_speak_of_the_parameters_and_of_no_option(workshop):
    file = workshop.folder / "calls.csv"
    file.write_text(file.read_text().replace("Z,", ","))
    told = requests_at_hand(workshop, path="calls.csv", columns=MAPPING).quality().text
    assert 'time_zone: str = "Europe/London" in the parameters cell' in told
    assert "--" not in told


def test_ids_in_paths_are_told_with_the_expression_that_folds_them(workshop):
    file = workshop.folder / "calls.csv"
    file.write_text(file.read_text().replace("/pay", "/product/348"))
    shown = requests_at_hand(workshop, path="calls.csv", columns=MAPPING).columns().text
    folded = "route=case when endpoint like '/product/%' then '/product/{id}' else endpoint end"
    assert folded in shown
    mapping = MAPPING.replace("route=endpoint", folded)
    assert "/product/{id}" in requests_at_hand(workshop, path="calls.csv", columns=mapping).values().text
    assert "identifiers" not in requests_at_hand(workshop, path="calls.csv", columns=mapping).columns().text


def test_a_source_behind_a_url_can_be_looked_at(tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("create table requests (time text, status integer)")
        database.execute("insert into requests values ('2026-03-02T10:00:00Z', 200), ('2026-03-02T10:01:00Z', 503)")
    database.close()
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}\nsources: {asked: {url: 'sqlite:///shop.db?table=requests'}}\n")
    hand = requests_at_hand(open_workshop(str(tmp_path / "workbook.yaml")))
    assert len(hand.first_rows().frame) == 2
