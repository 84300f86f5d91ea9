"""Access logs of several servers: what each line says is what the columns hold, and no line is lost.

The lines are made up by the rules of each format's documentation; the module that reads a format cites it.
"""

import re
from datetime import datetime

import pytest

from slo_workbench.sources.nginx_logs import join_quoted_pieces
from tests.conftest import PROJECT
from tests.sources.opening import codes_of, opened, refusals_of, rows_of

COMBINED = '10.0.0.1 - - [17/May/2026:10:05:03 +0200] "GET /a?x=1 HTTP/1.1" 200 12 "-" "curl/8"'


def written(tmp_path, *lines, name="access.log", end="\n"):
    path = tmp_path / name
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def codes(table):
    return [finding.code for finding in table.findings]


# --- common and combined ---------------------------------------------------------------------------------------------


def test_seconds_behind_a_combined_line_are_the_latency_and_it_is_said_aloud(engine, tmp_path):
    table = opened(engine, written(tmp_path, f"{COMBINED} 0.290", f"{COMBINED} -", f"{COMBINED} 12.001"))
    assert sorted(row["latency_ms"] or -1 for row in rows_of(table)) == [-1, 290.0, 12_001.0]
    assert (table.format, codes(table)) == ("access_log", ["latency-unit"])


def test_a_whole_number_behind_a_combined_line_is_no_latency_until_its_unit_is_said(engine, tmp_path):
    path = written(tmp_path, f"{COMBINED} 1500", f"{COMBINED} 250")
    table = opened(engine, path)
    assert "latency_ms" not in table.table.columns
    assert sorted(row["time_taken"] for row in rows_of(table)) == ["1500", "250"]
    assert [(finding.code, finding.severity, finding.count) for finding in table.findings] == [("latency-unit-unknown", "note", 2)]
    assert sorted(row["latency_ms"] for row in rows_of(opened(engine, path, format="combined_us"))) == [0.25, 1.5]
    assert sorted(row["latency_ms"] for row in rows_of(opened(engine, path, format="combined_s"))) == [250_000.0, 1_500_000.0]


def test_a_log_without_times_taken_has_no_latency_and_no_word_about_it(engine, tmp_path):
    table = opened(engine, written(tmp_path, COMBINED))
    assert not {"latency_ms", "time_taken"} & set(table.table.columns)
    assert table.findings == ()


def test_quotes_and_blanks_inside_fields_stay_where_they_are(engine, tmp_path):
    line = '10.0.0.1 - jo ann [17/May/2026:10:05:03 +0000] "GET /a b/\\"c\\".html#top HTTP/1.1" 404 - "http://x/\\"y\\"" "a \\"b\\" c"'
    row = rows_of(opened(engine, written(tmp_path, line)))[0]
    assert (row["route"], row["account"], row["referrer"]) == ('/a b/\\"c\\".html', "jo ann", 'http://x/\\"y\\"')
    assert (row["protocol"], row["user_agent"], row["n_bytes"]) == ("HTTP/1.1", 'a \\"b\\" c', None)


@pytest.mark.parametrize(("start", "end"), [("", "\r\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n"), ("\n\n", "\n\n")])
def test_a_mark_at_the_start_other_line_ends_and_blank_lines_change_nothing(engine, tmp_path, start, end):
    path = tmp_path / "access.log"
    path.write_bytes((start + end.join([COMBINED] * 3) + end).encode())
    table = opened(engine, path)
    assert (table.n_rows_read, table.n_rows_used) == (3, 3)
    assert {row["user_agent"] for row in rows_of(table)} == {"curl/8"}


def test_huge_lines_broken_characters_and_control_characters_are_refused_rows(engine, tmp_path):
    path = tmp_path / "access.log"
    odd = [b"x" * 10_000_000, b"y" * 17_000_000, b"caf\xe9", COMBINED.encode() + b"\x1e\x1f rest", b"\x00\x01"]
    path.write_bytes(b"\n".join([COMBINED.encode()] * 50 + odd + [COMBINED.encode()]))
    table = opened(engine, path)
    assert (table.n_rows_read, table.n_rows_used) == (56, 51)
    assert refusals_of(table) == {"invalid-encoding": 1, "line-size-over-maximum": 1, "not-an-access-log-line": 3}


def test_lines_of_another_format_half_way_are_refused_rows(engine, tmp_path):
    table = opened(engine, written(tmp_path, *[COMBINED] * 4, ENVOY, '{"status": 200}', COMBINED))
    assert (table.format, table.n_rows_read, refusals_of(table)) == ("access_log", 7, {"not-an-access-log-line": 2})


# --- nginx with its log_format ---------------------------------------------------------------------------------------

MAIN = """log_format main escape=default '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for" rt=$request_time '
                      'ut="$upstream_response_time" cs=$upstream_cache_status';"""
NGINX = (
    '10.0.0.1 - - [17/May/2026:10:05:03 +0200] "POST /pay?id=7 HTTP/2.0" 502 157 "-" "curl/8" '
    '"203.0.113.9, 10.0.0.1" rt=0.211 ut="0.010, 0.200" cs=MISS'
)


def test_the_pieces_of_a_log_format_are_put_together_however_they_are_given():
    joined = join_quoted_pieces(MAIN)
    assert joined.startswith('$remote_addr - $remote_user [$time_local] "$request" $status')
    assert joined.endswith('ut="$upstream_response_time" cs=$upstream_cache_status')
    assert join_quoted_pieces(joined) == joined


def test_nginx_lines_are_read_by_their_log_format(engine, tmp_path):
    silent = NGINX.replace('ut="0.010, 0.200"', 'ut="-"').replace('"203.0.113.9, 10.0.0.1"', '"-"').replace("rt=0.211", "rt=0.000")
    table = opened(engine, written(tmp_path, NGINX, silent, COMBINED), log_format=MAIN)
    first, second = sorted(rows_of(table), key=lambda row: -row["latency_ms"])
    assert (table.format, refusals_of(table)) == ("nginx", {"not-a-line-of-this-log-format": 1})
    assert (first["time"], first["route"], first["method"], first["status"]) == (datetime(2026, 5, 17, 8, 5, 3), "/pay", "POST", 502)
    assert (first["latency_ms"], first["upstream_ms"], first["user"]) == (211.0, 210.0, "203.0.113.9")
    assert (first["upstream_cache_status"], first["upstream_response_time"], first["n_bytes"]) == ("MISS", "0.010, 0.200", 157)
    assert (second["latency_ms"], second["upstream_ms"], second["user"]) == (0.0, None, "10.0.0.1")


def test_the_most_exact_of_several_times_is_taken_and_lists_may_stand_without_quotes(engine, tmp_path):
    log_format = "$msec $time_iso8601 $request_method $scheme://$host$request_uri $status $upstream_response_time $request_id"
    line = "1779012303.123 2026-05-17T10:05:03+00:00 GET https://shop.example/a/b?c=d 200 0.001, - : 0.004 f00d"
    row = rows_of(opened(engine, written(tmp_path, line), log_format=log_format))[0]
    assert row["time"] == datetime(2026, 5, 17, 10, 5, 3, 123_000)
    assert (row["route"], row["path"], row["method"], row["host"], row["request_id"]) == ("/a/b", "/a/b?c=d", "GET", "shop.example", "f00d")
    assert row["latency_ms"] == 5.0


def test_without_request_time_the_latency_is_the_upstreams_and_it_is_said_aloud(engine, tmp_path):
    table = opened(engine, written(tmp_path, "2026-05-17T10:05:03Z 200 0.25"), log_format="$time_iso8601 $status $upstream_response_time")
    assert (rows_of(table)[0]["latency_ms"], codes(table)) == (250.0, ["latency-of-upstream"])


def test_a_log_format_of_json_is_read_like_any_other(engine, tmp_path):
    log_format = """'{"t":"$time_iso8601","s":$status,"r":"$request","d":$request_time,"ua":"$http_user_agent"}'"""
    line = r'{"t":"2026-05-17T10:05:03+02:00","s":200,"r":"GET /q?x=\"1\" HTTP/1.1","d":0.040,"ua":"a \"b\""}'
    row = rows_of(opened(engine, written(tmp_path, line), log_format=log_format))[0]
    assert (row["status"], row["route"], row["latency_ms"], row["user_agent"]) == (200, "/q", 40.0, r"a \"b\"")


def test_log_formats_that_cannot_be_read_back_are_refused_by_name(engine, tmp_path):
    path = written(tmp_path, NGINX)
    assert codes_of(engine, path, format="nginx") == ["log-format-missing"]
    assert codes_of(engine, path, log_format="$status $request_time") == ["log-format-without-time"]
    assert codes_of(engine, path, log_format="$time_local $request_id$connection") == ["log-format-ambiguous"]
    assert codes_of(engine, path, log_format="$time_local\0$status") == ["log-format-unreadable"]


# --- Envoy -----------------------------------------------------------------------------------------------------------

ENVOY = (
    '[2026-05-17T20:17:00.310Z] "POST /api/v1/locations?k=1 HTTP/2" 204 - 154 0 226 100 "10.0.35.28, 10.0.0.2" "nsq2http" '
    '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"'
)
ISTIO = (
    '[2026-05-17T20:17:01.000Z] "GET /status/418 HTTP/1.1" 503 UF upstream_reset_before_response_started{{connection_failure}} - '
    '"delayed connect error: 111" 0 135 4 - "-" "curl/8" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "10.44.1.27:80" '
    "outbound|8000||httpbin.foo 10.44.1.23:37652 10.0.45.184:8000 10.44.1.23:46520 - default"
)


def test_envoy_lines_give_duration_upstream_time_and_flags(engine, tmp_path):
    table = opened(engine, written(tmp_path, ENVOY, ISTIO, "garbage"))
    first, second = sorted(rows_of(table), key=lambda row: row["time"])
    assert (table.format, refusals_of(table)) == ("envoy", {"not-an-envoy-log-line": 1})
    assert (first["time"], first["route"], first["method"], first["status"]) == (
        datetime(2026, 5, 17, 20, 17, 0, 310_000), "/api/v1/locations", "POST", 204,
    )  # fmt: skip
    assert (first["latency_ms"], first["upstream_ms"], first["user"], first["response_flags"]) == (226.0, 100.0, "10.0.35.28", None)
    assert (second["status"], second["response_flags"], second["upstream_ms"], second["user"]) == (503, "UF", None, None)
    assert second["response_code_details"] == "upstream_reset_before_response_started{{connection_failure}}"


def test_an_envoy_request_that_was_never_answered_has_no_status(engine, tmp_path):
    row = rows_of(opened(engine, written(tmp_path, ENVOY.replace(" 204 - ", " 0 DC "))))[0]
    assert (row["status"], row["response_flags"]) == (None, "DC")


# --- AWS Application Load Balancer -----------------------------------------------------------------------------------

ALB = (
    "h2 2026-05-17T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.148 0.057 200 200 34 366 "
    '"GET https://www.example.com:443/cart/7?x=1 HTTP/2.0" "curl/8 \\"odd\\"" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 '
    'arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad" '
    '"www.example.com" "arn:aws:acm:cert/1" 1 2026-05-17T22:22:59.981000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" '
    'TID_1234abcd5678ef90 "-" "-" "-"'
)


def test_load_balancer_lines_give_the_sum_of_their_times_and_when_the_request_came(engine, tmp_path):
    table = opened(engine, written(tmp_path, ALB, "h2 oops"))
    row = rows_of(table)[0]
    assert (table.format, refusals_of(table)) == ("aws_alb", {"not-an-aws-load-balancer-line": 1})
    assert (row["time"], row["answered_at"]) == (datetime(2026, 5, 17, 22, 22, 59, 981_000), "2026-05-17T22:23:00.186641Z")
    assert (row["route"], row["path"], row["method"], row["status"]) == ("/cart/7", "/cart/7?x=1", "GET", 200)
    assert (row["latency_ms"], row["target_processing_ms"], row["user"]) == (205.0, 148.0, "192.168.131.39")
    assert (row["domain_name"], row["actions_executed"], row["redirect_url"]) == ("www.example.com", "authenticate,forward", None)


def test_a_step_that_did_not_happen_leaves_the_latency_unknown(engine, tmp_path):
    line = ALB.replace("10.0.0.1:80 0.000 0.148 0.057 200 200", "- -1 -1 -1 503 -")
    table = opened(engine, written(tmp_path, line))
    row = rows_of(table)[0]
    assert (row["latency_ms"], row["status"], row["target_status"], row["target"]) == (None, 503, None, None)
    assert table.findings == ()


def test_older_load_balancer_lines_with_fewer_fields_and_addresses_of_ipv6_are_read(engine, tmp_path):
    old = ALB.split(' "www.example.com" ')[0].replace("192.168.131.39:2817", "[2001:db8::1]:2817")
    row = rows_of(opened(engine, written(tmp_path, old)))[0]
    assert (row["time"], row["user"], row["domain_name"]) == (datetime(2026, 5, 17, 22, 23, 0, 186_641), "2001:db8::1", None)


# --- IIS -------------------------------------------------------------------------------------------------------------

IIS = (
    "#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0", "#Date: 2026-05-17 00:00:00",
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status sc-substatus time-taken",
    "2026-05-17 23:59:59 10.0.0.5 GET /a.aspx id=1 10.1.1.1 Mozilla/5.0+(Windows+NT+10.0) 200 0 31",
    "2026-05-17 23:59:59 10.0.0.5 GET /cut",
    "#Fields: time date sc-status c-ip cs-uri-stem time-taken cs-username",
    "00:00:01 2026-05-18 500 10.1.1.2 /b 1200 ACME\\jo",
    "00:00:02 2026-05-18 200 10.1.1.2 /b 7 - extra",
)  # fmt: skip


def test_iis_lines_are_read_by_the_last_fields_above_them(engine, tmp_path):
    table = opened(engine, written(tmp_path, *IIS, name="u_ex260517.log", end="\r\n"))
    first, second = sorted(rows_of(table), key=lambda row: row["time"])
    assert (table.format, table.n_rows_read) == ("iis", 4)
    assert refusals_of(table) == {"missing-columns": 1, "too-many-columns": 1}
    assert (first["time"], first["route"], first["path"], first["status"]) == (
        datetime(2026, 5, 17, 23, 59, 59),
        "/a.aspx",
        "/a.aspx?id=1",
        200,
    )
    assert (first["user_agent"], first["latency_ms"], first["s_ip"]) == ("Mozilla/5.0 (Windows NT 10.0)", 31.0, "10.0.0.5")
    assert (second["time"], second["status"], second["latency_ms"]) == (datetime(2026, 5, 18, 0, 0, 1), 500, 1200.0)
    assert (second["account"], second["method"], second["path"]) == ("ACME\\jo", None, "/b")
    assert [(finding.code, finding.count) for finding in table.findings][:1] == [("lines-not-requests", 5)]


def test_the_fields_of_one_iis_file_do_not_reach_into_the_next(engine, tmp_path):
    written(tmp_path, *IIS[:5], name="1.log")
    written(tmp_path, IIS[4], *IIS[:3], "#Fields: time cs-method", "00:00:01 GET", IIS[3], IIS[4], name="2.log")
    table = opened(engine, tmp_path / "*.log", format="iis")
    assert (table.n_rows_used, refusals_of(table)) == (2, {"above-any-fields-line": 1, "no-date-or-time-field": 1})


def test_an_iis_log_without_dates_is_refused_as_a_whole(engine, tmp_path):
    assert codes_of(engine, written(tmp_path, "#Fields: time cs-method", "00:00:01 GET")) == ["source-no-rows"]


# --- Caddy -----------------------------------------------------------------------------------------------------------

CADDY = (
    '{"level":"info","ts":1779012303.1234567,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"10.0.0.9",'
    '"remote_port":"41342","client_ip":"203.0.113.9","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/img/a.png?v=2",'
    '"headers":{"User-Agent":["curl/8"]},"tls":{"resumed":false}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,'
    '"status":200,"resp_headers":{"Server":["Caddy"]}}'
)
CADDY_OTHER = '{"level":"info","ts":1779012303.5,"logger":"tls.cache","msg":"started background certificate maintenance"}'


def test_caddy_entries_give_the_nested_request_and_seconds_as_milliseconds(engine, tmp_path):
    table = opened(engine, written(tmp_path, CADDY_OTHER, CADDY, CADDY[:70], "[1]"))
    row = rows_of(table)[0]
    assert (table.format, table.n_rows_read, refusals_of(table)) == ("caddy", 3, {"not-a-json-object": 2})
    assert table.refusals[0].example == "[1]"
    assert (row["time"], row["route"], row["method"], row["status"]) == (datetime(2026, 5, 17, 10, 5, 3, 123_457), "/img/a.png", "GET", 200)
    assert (row["latency_ms"], row["user"], row["n_bytes"], row["host"]) == (0.929675, "203.0.113.9", 10_900, "localhost")
    assert [(finding.code, finding.count) for finding in table.findings][:1] == [("lines-not-requests", 1)]


def test_caddy_times_may_be_text_and_a_duration_with_a_unit_is_refused_not_misread(engine, tmp_path):
    text = CADDY.replace("1779012303.1234567", '"2026-05-17T10:05:03.5Z"')
    table = opened(engine, written(tmp_path, text, text.replace("0.000929675", '"929.675µs"')))
    assert rows_of(table)[0]["time"] == datetime(2026, 5, 17, 10, 5, 3, 500_000)
    assert refusals_of(table) == {"latency_ms-unreadable": 1}


# --- all -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name"), [(COMBINED, "access_log"), (ENVOY, "envoy"), (ISTIO, "envoy"), (ALB, "aws_alb"), (CADDY, "caddy"), (IIS[3], "iis")]
)
def test_each_format_is_recognised_by_its_lines_and_by_no_other(line, name, tmp_path):
    from slo_workbench.sources.formats import format_of
    from slo_workbench.sources.rows import SourceRequest

    path = written(tmp_path, line)
    assert format_of([path], SourceRequest(path)).name == name


def test_the_page_on_data_lists_every_format():
    from slo_workbench.sources.formats import FORMATS

    section = (PROJECT / "docs" / "data.md").read_text().split("## Formats")[1].split("\n## ")[0]
    listed = [name for row in section.splitlines() if row.startswith("| `") for name in re.findall("`([a-z0-9_]+)`", row.split("|")[1])]
    assert sorted(listed) == sorted(FORMATS)
