"""What is the user's own: their configuration file, and the secrets that it and their environment hold."""

import os
from pathlib import Path

from ..optimizer.core.secrets import Secrets, own_secrets
from ..optimizer.settings import own_key


def user_file() -> Path:
    """Where the user's configuration is, if there is one."""
    from platformdirs import user_config_path

    return user_config_path("perfsmith", appauthor=False) / "config.toml"


def users_secrets() -> Secrets:
    """What must never be told."""
    return own_secrets(os.environ, own_key(user_file()))
