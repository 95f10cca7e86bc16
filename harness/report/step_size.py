"""Whether an optimizer's steps grow with the gradient, and what that means for objectives that differ by a factor."""

from collections.abc import Mapping, Sequence

from harness.audit.audit import DIFFERENT, Note, Pair
from harness.report.section import Table

# Each divides the gradient by its own size, up to a small epsilon, or takes its sign.
SCALE_FREE = ("Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion")
OPTIMIZER = "train.optimizer"
CLIPS = ("clipnorm", "global_clipnorm", "clipvalue")


def depends_on_scale(params: Mapping[str, str]) -> str:
    """Why an objective times a number is another experiment at the same learning rate: "" where it is none.

    Args:
        params: of a run, as a store keeps them; one that does not name its optimizer says nothing.
    """
    target = params.get(f"{OPTIMIZER}._target_")
    if target is None:
        return ""
    name = target.rpartition(".")[2]
    if name not in SCALE_FREE:
        return f"the steps of {name} grow with the gradient"
    clips = [key for key in CLIPS if params.get(f"{OPTIMIZER}.{key}", "None") != "None"]
    return f"{clips[0]} cuts gradients at a fixed size" if clips else ""


def one_learning_rate(why: str, pairs: Sequence[Pair], notes: Sequence[Note]) -> tuple[list[str], list[Table]]:
    """What one learning rate means for these objectives, and how long their gradients are on one real batch.

    Args:
        why: what `depends_on_scale` says.
    """
    norms = {note.name: note.norm for note in notes if note.norm}
    if not why or len(norms) < 2:
        return [], []
    least = min(norms, key=lambda name: norms[name])
    most = max(norms, key=lambda name: norms[name])
    sentences = [
        f"One learning rate is not one experiment here, since {why}: on one real batch the gradient of {most} is "
        f"{norms[most] / norms[least]:.3g} times as long as that of {least}."
    ]
    sentences += [
        f"{pair.a} has {pair.factor:.4g} times the gradient of {pair.b}: the two are one experiment where the learning "
        f"rate of {pair.a} is {1 / pair.factor:.4g} times that of {pair.b}."
        for pair in pairs
        if pair.verdict != DIFFERENT and pair.factor and abs(pair.factor - 1) > 1e-6 and "clip" not in why
    ]
    caption = f"The length of each objective's gradient by the predictions, on one real batch. It matters, since {why}."
    table = Table(
        "gradient_norms",
        caption,
        ["variant", "gradient", "relative to the shortest"],
        [[name, norm, norm / norms[least]] for name, norm in norms.items()],
    )
    return sentences, [table]
