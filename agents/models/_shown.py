"""Shows what a model is sent, for `--show-prompt`."""

from collections.abc import Callable
from dataclasses import dataclass

from ...optimizer.core.ports import Model
from ...optimizer.core.values import Prompt, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A model whose prompts are shown, to the letter, before they are sent."""

    model: Model
    show: Callable[[str], object]

    @property
    def name(self) -> str:
        """The wrapped model's."""
        return self.model.name

    def reply(self, prompt: Prompt) -> Reply:
        """The model's answer."""
        self.show(f"--- prompt {prompt.sha} to {self.name}\n{prompt.render()}\n--- end of prompt {prompt.sha}\n")
        return self.model.reply(prompt)
