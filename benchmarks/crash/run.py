"""Kills `perfsmith optimize` with SIGKILL, over and over, looks at what is left, resumes, and compares the end.

    python benchmarks/crash/run.py [--work FOLDER] [--kills N] [--seconds N]

A chain is one run that is killed several times, at points drawn by the chain's number: at a journal point (just after
the ledger got an event, the kinds that were aimed at least first), some time after one, or after a random time; the
main process alone, its whole process group, or every process that belongs to it. After each kill the user's checkout is
compared byte for byte; then `runs resume` goes on, to be killed again. What is left at the end is compared with a run
that nobody killed.

Results are appended to FOLDER/results.jsonl, so that the script can be stopped and started again; without more to do
it prints the table.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import sample  # noqa: E402
import state  # noqa: E402

KILLS_A_CHAIN = 16
MODES = ("main", "group", "all")
LATE, LATER = 0.06, 3.0
"""Seconds that a kill may fall after the event it waits for: just after, or some time after."""
LONGEST = 300.0
PATIENCE = 2.0
"""Seconds in which what the killed process had started must have ended by itself, to count as none left."""


@dataclass
class Chain:
    """One run of a repository of its own, through all its kills."""

    folder: Path
    number: int
    kills: list[dict] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    @property
    def root(self) -> Path:
        return self.folder / "repo"

    @property
    def home(self) -> Path:
        return self.folder / "state"

    def start(self, *, resume: bool) -> subprocess.Popen:
        """The command line, in a session of its own."""
        model = f"cmd:{sys.executable} {self.folder}/model.py {self.folder}/calls"
        common = ["--plain", "--quiet"]
        new = ["optimize", "-C", str(self.root), "words:ranked", "words:first_seen", "--python", sys.executable]
        new += ["--tests", "python check.py", "--workload", "python bench.py", "--model", model]
        new += ["--candidates", "2", "--seed", "1", *common]
        again = ["runs", "resume", "--repo", str(self.root), *common]
        env = {**os.environ, "XDG_STATE_HOME": str(self.home), "TMPDIR": str(self.folder / "tmp")}
        process = subprocess.Popen(
            [sys.executable, str(HERE / "drive.py"), *(again if resume else new)],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "said").open("ab"),
            start_new_session=True,
        )
        self.marks.append(f"PS_TREE={process.pid}-")
        return process

    def needles(self) -> list[str]:
        """What tells this chain's processes from all others."""
        return [str(self.folder), *self.marks]

    def calls(self) -> list[str]:
        """Prompts that the model was asked, by hash, in order."""
        path = self.folder / "calls"
        return path.read_text("utf-8").split() if path.exists() else []


def lines_of(path: Path | None) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes() if path else b""
    return b""


def wait_for(chain: Chain, process: subprocess.Popen, plan: dict) -> bool:
    """Until the moment of the kill; False when the run has ended before."""
    start = time.monotonic()
    before = lines_of(state.ledger_path(chain.home)).count(b'"kind":"' + plan.get("kind", "").encode() + b'"')
    while time.monotonic() - start < LONGEST:
        if process.poll() is not None:
            return False
        if "after" in plan:
            if time.monotonic() - start >= plan["after"]:
                return True
        else:
            text = lines_of(state.ledger_path(chain.home))
            if text.count(b'"kind":"' + plan["kind"].encode() + b'"') > before:
                time.sleep(plan["late"])
                return process.poll() is None
        time.sleep(0.001)
    chain.wrong.append("the run hangs")
    return True


def kill(chain: Chain, process: subprocess.Popen, mode: str) -> None:
    """SIGKILL, for the main process, its group, or everything that belongs to the chain."""
    if mode == "main":
        os.kill(process.pid, signal.SIGKILL)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    if mode == "all":
        for text in state.orphans(chain.needles()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(text.split()[0]), signal.SIGKILL)
    process.wait()


def look(chain: Chain, before: dict[str, str], plan: dict, mode: str) -> None:
    """What the kill left behind."""
    alive = state.orphans(chain.needles(), PATIENCE)
    ledger = state.read_ledger(chain.home)
    after = state.users_things(chain.root)
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name):
            chain.wrong.append(f"kill {len(chain.kills)}: {name} is not what it was")
    refs = state.kept_refs(chain.root)
    committed = {line["ref"]: line["sha"] for line in ledger.of("committed")}
    if any(refs.get(ref) != sha for ref, sha in committed.items()):
        chain.wrong.append(f"kill {len(chain.kills)}: a commit that the ledger names is gone")
    if len(refs) > len(committed) + 1:
        chain.wrong.append(f"kill {len(chain.kills)}: more refs than were kept: {sorted(refs)}")
    last = ledger.lines[-1]["kind"] if ledger.lines else "-"
    chain.kills.append({"plan": plan, "mode": mode, "last": last, "alive": alive, "torn": ledger.torn})


def plan_of(dice: random.Random, hits: Counter, kinds: list[str]) -> dict:
    """When to kill next: by the clock, at a journal point or some time after one, those least aimed at first."""
    if dice.random() < 0.3:
        return {"after": round(dice.uniform(0.2, 6.0), 3)}
    least = min(hits[kind] for kind in kinds)
    late = dice.uniform(0, LATE if dice.random() < 0.6 else LATER)
    return {"kind": dice.choice([kind for kind in kinds if hits[kind] == least]), "late": late}


def play(folder: Path, number: int, hits: Counter, kinds: list[str], kills: int) -> Chain:
    """One chain, to its end."""
    chain = Chain(folder=folder, number=number)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    sample.make(folder)
    before = state.users_things(chain.root)
    dice = random.Random(number)
    resume = False
    while len(chain.kills) < kills:
        plan, mode = plan_of(dice, hits, kinds), dice.choice(MODES)
        process = chain.start(resume=resume)
        killed = wait_for(chain, process, plan)
        if not killed:
            break
        kill(chain, process, mode)
        look(chain, before, plan, mode)
        hits[plan.get("kind", "")] += 1
        ledger = state.read_ledger(chain.home)
        asked_again(chain, ledger)
        resume = bool(ledger.lines)
        if chain.kills[-1]["last"] == "run_finished":
            return ended(chain, before)
    else:
        finish(chain, chain.start(resume=resume))
        return ended(chain, before)
    if process.returncode:
        chain.wrong.append(f"it ended with {process.returncode}: {said(chain)}")
    return ended(chain, before)


def asked_again(chain: Chain, ledger: state.Ledger) -> None:
    """No prompt whose answer stands in the ledger may be asked once more."""
    calls = chain.calls()
    prompts = {line["prompt"]["messages"] and hash_of(line["prompt"]): None for line in ledger.of("prompt_sent")}
    if not set(calls) <= set(prompts):
        chain.wrong.append("the model was asked something that the ledger does not know")
    for prompt in chain.answered:
        if calls.count(prompt) > chain_count(chain, prompt):
            chain.wrong.append("the model was asked again what it had answered")
    shas = {line["sha"] for line in ledger.of("reply_received")}
    answered = {hash_of(line["prompt"]) for line in ledger.of("prompt_sent") if sha_of(line["prompt"]) in shas}
    _COUNTS.setdefault(chain.number, {}).update({prompt: calls.count(prompt) for prompt in answered})
    chain.answered |= answered


_COUNTS: dict[int, dict[str, int]] = {}


def chain_count(chain: Chain, prompt: str) -> int:
    return _COUNTS[chain.number][prompt]


def hash_of(prompt: dict) -> str:
    """As the sample's model computes it from what it reads."""
    messages = prompt["messages"]
    text = messages[0]["text"] if len(messages) == 1 else "\n\n".join(f"[{m['role']}]\n{m['text']}" for m in messages)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def sha_of(prompt: dict) -> str:
    """As `Prompt.sha`."""
    digest = hashlib.sha256(prompt["template"].encode())
    for message in prompt["messages"]:
        digest.update(f"\0{message['role']}\0{message['text']}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def finish(chain: Chain, process: subprocess.Popen) -> None:
    """Let the run come to its end."""
    try:
        code = process.wait(LONGEST)
    except subprocess.TimeoutExpired:
        kill(chain, process, "all")
        chain.wrong.append("the last resume hangs")
        return
    if code:
        chain.wrong.append(f"the last resume ended with {code}: {said(chain)}")


def said(chain: Chain) -> str:
    return (chain.folder / "said").read_text("utf-8", "replace")[-600:]


def ended(chain: Chain, before: dict[str, str]) -> Chain:
    """What must hold once the run has ended by itself."""
    ledger = state.read_ledger(chain.home)
    asked_again(chain, ledger)
    after = state.users_things(chain.root)
    differ = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    chain.wrong += [f"at the end: {name} is not what it was" for name in differ]
    left = state.left_over(chain.home, chain.folder / "tmp", chain.root)
    if left:
        chain.wrong.append(f"left over: {left}")
    if alive := state.orphans(chain.needles(), PATIENCE):
        chain.wrong.append(f"still alive at the end: {alive}")
    if not ledger.lines or ledger.lines[-1]["kind"] != "run_finished" or ledger.lines[-1]["ending"] != "done":
        chain.wrong.append("the run is not done")
    sample.run(chain.root, "fsck", "--no-dangling", "--strict")
    return chain


def outcome(chain: Chain) -> dict:
    """What a run came to, times and numbers aside."""
    ledger = state.read_ledger(chain.home)
    refs = state.kept_refs(chain.root)
    trees = [sample.run(chain.root, "rev-parse", f"{refs[ref]}^{{tree}}").strip() for ref in sorted(refs)]
    branches = sample.run(chain.root, "for-each-ref", "--format=%(objectname)", "refs/heads/perfsmith").split()
    tips = [sample.run(chain.root, "rev-parse", f"{tip}^{{tree}}").strip() for tip in branches]
    return {"verdicts": ledger.verdicts(), "trees": trees, "tips": tips, "calls": len(set(chain.calls()))}


def reference(work: Path) -> dict:
    """A run that nobody kills; made once."""
    place = work / "reference.json"
    if not place.exists():
        chain = play(work / "reference", 0, Counter(), ["-"], 0)
        if chain.wrong:
            raise SystemExit(f"the run that nobody kills is wrong: {chain.wrong}")
        kinds = state.read_ledger(chain.home).kinds()
        place.write_text(json.dumps({**outcome(chain), "kinds": kinds}), "utf-8")
        shutil.rmtree(chain.folder)
    return json.loads(place.read_text("utf-8"))


def results(work: Path) -> list[dict]:
    """Chains that were played so far."""
    place = work / "results.jsonl"
    return [json.loads(text) for text in place.read_text("utf-8").splitlines()] if place.exists() else []


def table(found: list[dict]) -> str:
    """Figures of all chains."""
    kills = [kill for chain in found for kill in chain["kills"]]
    wrong = [text for chain in found for text in chain["wrong"]]
    last = Counter(kill["last"] for kill in kills)
    modes = Counter(kill["mode"] for kill in kills)
    aimed = Counter(kill["plan"]["kind"] for kill in kills if "kind" in kill["plan"])
    rows = [
        f"chains: {len(found)}, kills: {len(kills)} ({', '.join(f'{modes[mode]} {mode}' for mode in MODES)})",
        f"at journal points: {sum(aimed.values())}, the others after a random time",
        "aimed at: " + ", ".join(f"{kind} {count}" for kind, count in sorted(aimed.items())),
        f"processes that outlived the kill by {PATIENCE:g} s: {sum(bool(kill['alive']) for kill in kills)} kills",
        f"torn last lines: {sum(kill['torn'] for kill in kills)}",
        "last event before the kill: " + ", ".join(f"{kind} {count}" for kind, count in last.most_common()),
        f"wrong: {len(wrong)}",
        *wrong,
    ]
    return "\n".join(rows)


def main() -> int:
    """Play chains until there were enough kills."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, default=Path("build/crash"))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=86400.0)
    asked = parser.parse_args()
    work = asked.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    expected = reference(work)
    kinds, start = sorted(expected.pop("kinds")), time.monotonic()
    while (
        sum(len(chain["kills"]) for chain in results(work)) < asked.kills and time.monotonic() - start < asked.seconds
    ):
        done = results(work)
        hits = Counter(kill["plan"].get("kind", "") for chain in done for kill in chain["kills"])
        chain = play(work / f"chain-{len(done) + 1}", len(done) + 1, hits, kinds, KILLS_A_CHAIN)
        came = json.loads(json.dumps(outcome(chain)))
        if came != expected:
            chain.wrong.append(f"came to {came} instead of {expected}")
        with (work / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"chain": chain.number, "kills": chain.kills, "wrong": chain.wrong}) + "\n")
        if not chain.wrong:
            shutil.rmtree(chain.folder)
        sys.stderr.write(f"chain {chain.number}: {len(chain.kills)} kills, {len(chain.wrong)} wrong\n")
    sys.stdout.write(table(results(work)) + "\n")
    return 1 if any(chain["wrong"] for chain in results(work)) else 0


if __name__ == "__main__":
    sys.exit(main())
