"""A PostgreSQL of the stack's own, from the system's packages, on loopback alone and with a password."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from finetooth.errors import InputError

USER, DATABASE = "finetooth", "prefect"
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/bin")


def binaries() -> Path:
    """The folder of `initdb` and `postgres`; `InputError` when they are not installed."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    for folder in _FOLDERS:
        root, _, pattern = folder.removeprefix("/").partition("*")
        programs = sorted(Path("/").glob(f"{root}*{pattern}/initdb") if pattern else Path("/").glob(f"{root}/initdb"))
        if programs:
            return programs[-1].parent
    raise InputError(
        "PostgreSQL must be installed; there is no 'initdb'; install your system's package (Debian: postgresql)."
    )


def owner() -> str | None:
    """Who runs it: the user postgres where this process is root, since PostgreSQL refuses to be run by root."""
    return "postgres" if os.geteuid() == 0 else None


def prepare(folder: Path) -> str:
    """Make the database's files in `folder` unless they are there; the password of its user.

    Raises `InputError` when the user that runs it cannot reach `folder`.
    """
    password = folder.parent / "postgres.password"
    if (folder / "PG_VERSION").exists():
        return password.read_text().strip()
    folder.mkdir(parents=True, exist_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24) + "\n")
    if (user := owner()) is not None:
        _check_reachable(folder.parent, user)
        shutil.chown(folder, user)
        shutil.chown(password, user)
    options = ("--auth", "scram-sha-256", "--username", USER, "--pwfile", str(password), "--encoding", "UTF8")
    _call([str(binaries() / "initdb"), "--pgdata", str(folder), "--no-sync", "--locale", "C", *options], folder)
    return password.read_text().strip()


def command(folder: Path, port: int) -> list[str]:
    """The command that runs it."""
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "max_connections": "100"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(binaries() / "postgres"), "-D", str(folder), "-p", str(port), *options]


def answers(port: int) -> bool:
    """Whether it takes connections."""
    ready = [str(binaries() / "pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    return subprocess.run(ready, check=False).returncode == 0  # noqa: S603


def ensure_database(port: int, password: str) -> None:
    """Make Prefect's database unless it is there."""
    env = os.environ | {"PGPASSWORD": password}
    connection = ["--host", "127.0.0.1", "--port", str(port), "--username", USER]
    query = [str(binaries() / "psql"), *connection, "--dbname", "postgres", "--tuples-only", "--command"]
    databases = subprocess.run(  # noqa: S603
        [*query, f"select 1 from pg_database where datname = '{DATABASE}'"],  # noqa: S608 (a constant)
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    if "1" not in databases.stdout:
        subprocess.run([str(binaries() / "createdb"), *connection, DATABASE], env=env, check=True)  # noqa: S603


def url(port: int, password: str) -> str:
    """Where Prefect finds it."""
    return f"postgresql+asyncpg://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"


def _check_reachable(folder: Path, user: str) -> None:
    closed = [path for path in (folder, *folder.parents) if not path.stat().st_mode & 0o001]
    if closed:
        raise InputError(
            f"the stack's folder must be reachable for the user {user}; {closed[0]} is closed to others; "
            "name another with --folder."
        )


def _call(command: list[str], cwd: Path) -> None:
    result = subprocess.run(command, user=owner(), cwd=cwd, check=False, capture_output=True, text=True)  # noqa: S603
    if result.returncode:
        raise InputError(f"PostgreSQL must start; {command[0]} said: {' '.join(result.stderr.split())[-300:]}")
