"""Several Keras networks of one structure, computed at once."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import keras
from keras import tree

from harness.training.fused.at_once import at_once
from harness.training.kernels.fast import is_fast, outputs_of_each
from harness.training.kernels.recurrence import Tensor

# The values of Keras variables by the variable's id, [networks, ...] each.
Values: TypeAlias = dict[int, Tensor]


def values_of(variables: Sequence[Any], tensors: Sequence[Tensor]) -> Values:
    """One tensor [networks, ...] for each variable."""
    return {id(variable): tensor for variable, tensor in zip(variables, tensors, strict=True)}


def own_loops(model: Any) -> list[str]:
    """The names of the layers with a loop of Keras's own, which cannot be computed for several networks at once."""
    return [layer.name for layer in model.layers if _has_loop(layer) and not is_fast(layer)]


def _has_loop(operation: Any) -> bool:
    recurrent = isinstance(operation, keras.layers.RNN | keras.layers.Bidirectional)
    return recurrent and not getattr(operation, "unroll", False)


def outputs(model: Any, inputs: Sequence[Tensor], values: Values, training: bool) -> tuple[Any, list[tuple]]:
    """(the outputs of the networks, the losses that layers added: the layer, and its loss [networks]).

    Args:
        model: a functional model, which all networks are but for their values.
        inputs: [networks, batch, ...] each.
        values: of all variables of the model; what a layer changes, such as the state of its random numbers, is
            replaced.
    """
    computed, added = {id(tensor) for tensor in inputs}, []

    def each(operation: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if getattr(operation, "_call_has_training_arg", False):
                kwargs["training"] = training
            result = _of_layer(operation, args, kwargs, computed, values, added)
            computed.update(id(tensor) for tensor in tree.flatten(result))
            return result

        return call

    # What Keras itself calls a functional model by, an operation at a time.
    result = model._run_through_graph(list(inputs), operation_fn=each)
    return result[0] if isinstance(result, list) and len(result) == 1 else result, added


def _of_layer(
    operation: Any, args: tuple, kwargs: Mapping[str, Any], computed: set[int], values: Values, added: list[tuple]
) -> Any:
    own = [*getattr(operation, "variables", ())]
    if _has_loop(operation):
        (sequences,) = args
        return outputs_of_each(operation, sequences, values)
    flat = tree.flatten((args, kwargs))
    places = [place for place, given in enumerate(flat) if id(given) in computed]
    changing = [*getattr(operation, "non_trainable_variables", ())]
    # Of what one network gives: how its outputs are nested, and how many they are.
    nested: list[Any] = []

    def one(given: Sequence[Tensor]) -> list[Tensor]:
        mine = list(flat)
        for place, tensor in zip(places, given, strict=False):
            mine[place] = tensor
        own_args, own_kwargs = tree.pack_sequence_as((args, kwargs), mine)
        held = list(zip(own, given[len(places) :], strict=True))
        with keras.StatelessScope(held, collect_losses=True) as scope:
            nested[:] = [operation(*own_args, **own_kwargs)]
        states = [scope.get_current_value(variable) for variable in changing]
        return [*tree.flatten(nested[0]), *states, *scope.losses]

    found = at_once(one, [*(flat[place] for place in places), *(values[id(variable)] for variable in own)])
    many = len(tree.flatten(nested[0]))
    states, losses = found[many : many + len(changing)], found[many + len(changing) :]
    values.update(values_of(changing, states))
    added.extend((operation, loss) for loss in losses)
    return tree.pack_sequence_as(nested[0], found[:many])
