"""A person between the program and any chat window: shows the prompt, reads the answer."""

from collections.abc import Callable
from dataclasses import dataclass

from ...optimizer.core.errors import ModelError
from ...optimizer.core.ports import Clock, Model
from ...optimizer.core.values import Prompt, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Paste:
    """Costs nothing that we know of."""

    show: Callable[[str], None]
    read: Callable[[], str]
    """Everything up to the end of input."""
    clock: Clock

    @property
    def name(self) -> str:
        """The id as it was given."""
        return "paste"

    def reply(self, prompt: Prompt) -> Reply:
        """What was pasted; raises `ModelError` if that is nothing."""
        started = self.clock()
        self.show(prompt.render())
        text = self.read()
        if not text.strip():
            raise ModelError("nothing was pasted", code="empty_reply", hint="paste the answer, then end the input")
        return Reply(text=text, model=self.name, seconds=self.clock() - started)


PLUGIN: type[Model] = Paste
