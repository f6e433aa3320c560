"""Only the split and the validate stage can name the vault, in tuning and retraining: read from the source itself."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VAULT = "finetooth.data.vault"
# The challenge is to a retraining what the validation is to a tuning run.
OPENS = {"finetooth/data/split.py", "finetooth/verdict/sealed_rows.py", "finetooth/retraining/challenge.py"}
VERIFIES = {"finetooth/verdict/vault_audit.py"}  # the chain of a run, for whoever asks: no row is read


def sources():
    return {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "finetooth").rglob("*.py")}


def imported(tree):
    """Full names of everything a module imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def docstrings(tree):
    owners = ast.Module | ast.ClassDef | ast.FunctionDef
    bare = (n for o in ast.walk(tree) if isinstance(o, owners) for n in o.body if isinstance(n, ast.Expr))
    return {id(node.value) for node in bare}


def names_the_vault(text):
    """Whether code can reach the vault: by importing it, through a module that has, or by its folder's name."""
    tree = ast.parse(text)
    prose = docstrings(tree)
    if any(name == VAULT or name.startswith(f"{VAULT}.") for name in imported(tree)):
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"vault", "open_vault"}:
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            parts = node.value.replace(".", "/").split("/")
            if "vault" in parts:
                return True
    return False


def test_only_the_split_and_the_validate_stage_can_name_the_vault():
    found = {name for name, text in sources().items() if names_the_vault(text)}
    assert found - {"finetooth/data/vault.py"} == OPENS | VERIFIES


def test_what_verifies_the_vault_cannot_open_it():
    for name in VERIFIES:
        tree = ast.parse((ROOT / name).read_text())
        calls = {
            n.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "vault"
        }
        assert calls == {"verify", "history"}


@pytest.mark.parametrize(
    ("module", "users"),
    [
        (
            "finetooth.data.split",
            {"finetooth/tasks/split.py", "finetooth/tasks/ingest.py", "finetooth/tasks/runtime/open_study.py"},
        ),
        (
            "finetooth.verdict.sealed_rows",
            {"finetooth/verdict/validate.py", "finetooth/verdict/measurements.py", "finetooth/tasks/validate.py"},
        ),
        ("finetooth.verdict.validate", {"finetooth/tasks/validate.py", "finetooth/tasks/ship.py"}),
        ("finetooth.verdict.vault_audit", {"finetooth/cli/vault_table.py"}),
    ],
)
def test_what_reads_the_vault_is_called_by_its_own_stage_alone(module, users):
    found = {
        n
        for n, text in sources().items()
        if any(i == module or i.startswith(f"{module}.") for i in imported(ast.parse(text)))
    }
    assert found - users == set()


def test_a_reference_to_the_data_does_not_lead_to_the_vault(tables):
    for table in tables.values():
        assert "vault" not in str(table.data)
        stored = Path(table.data.uri)
        assert [path.name for path in stored.rglob("*") if "vault" in path.name] == []
        assert all("vault" not in path.read_text() for path in stored.glob("*.json"))


@pytest.mark.parametrize(
    "text",
    [
        "from finetooth.data import vault",
        "import finetooth.data.vault as box",
        "from finetooth.data.vault import open_vault",
        "from finetooth.data import split\nsplit.vault.open_vault()",
        "folder = store / 'vault' / fingerprint",
        "folder = 'store/vault/abc'",
        "import_module('finetooth.data.vault')",
    ],
)
def test_every_way_to_name_it_is_found(text):
    assert names_the_vault(text)
    assert not names_the_vault('"""The vault is sealed."""\nspent = verdict.vault_openings\n')
