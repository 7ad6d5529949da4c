"""What commands inherit."""

from pathlib import Path

from perfsmith.optimizer.sandbox.environment import environment


def test_an_environment_is_named_where_there_is_one(tmp_path):
    (tmp_path / "env" / "bin").mkdir(parents=True)
    python = tmp_path / "env" / "bin" / "python"
    plain = environment(python, home=Path("/h"), temporary=Path("/t"))
    assert "VIRTUAL_ENV" not in plain
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    found = environment(python, home=Path("/h"), temporary=Path("/t"))
    assert found["VIRTUAL_ENV"] == str(tmp_path / "env")
    assert (found["HOME"], found["TMPDIR"], found["LANG"]) == ("/h", "/t", plain["LANG"])
    assert found["PATH"].startswith(f"{python.parent}:")
