"""promtool, the checker that comes with Prometheus; tests that need it are skipped with a reason where it is not installed."""

import re
import shutil
import subprocess

import pytest

from slo_workbench.exports.yaml_documents import render_document


def _promtool(*arguments):
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)


def n_rules(folder, text):
    """Check rules as strictly as promtool can, and give how many it found: it calls an empty file a success."""
    path = folder / "checked.yml"
    path.write_text(text)
    done = _promtool("check", "rules", "--lint=all", "--lint-fatal", path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) rules found", done.stdout)
    assert found, done.stdout
    return int(found[1])


def problems_of_tests(folder, rules, tests, rules_file="shop.rules.yml"):
    """Run unit tests of rules, and give what promtool says of failures."""
    (folder / rules_file).write_text(rules)
    (folder / "rules_test.yml").write_text(tests)
    done = _promtool("test", "rules", folder / "rules_test.yml")
    said = done.stdout + done.stderr
    assert "WARNING" not in said, said
    assert (done.returncode == 0) == ("SUCCESS" in said), said
    return "" if done.returncode == 0 else said


def ask(folder, rules, series, questions, *, minutes=20, interval="30s"):
    """Feed series to rules and compare expressions: ``{series: values}``, ``{expression: [(labels, value), …]}``."""
    test = {
        "interval": interval,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": expression,
                "eval_time": f"{minutes}m",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in samples],
            }
            for expression, samples in questions.items()
        ],
    }
    content = {"rule_files": ["shop.rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    return problems_of_tests(folder, rules, render_document(content))
