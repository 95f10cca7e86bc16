from example_verdict import scores, verdict

from harness.sweep.next_command import next_command


def test_the_next_command_has_as_many_seeds_as_decide():
    found = verdict(scores({"a": 1.0, "b": 1.0}, deviation=0.01))
    command = next_command([found], ["loss=a,b", "seed=0,1,2", "data.path=my file.csv"], first_seed=0, merges=False)
    size = int(command.rpartition("=")[2])
    assert size >= 1.25 * found.needed
    assert command.startswith("harness -m loss=a,b 'data.path=my file.csv' seed=0 sweep.until=decided sweep.max_seeds=")
    assert next_command([verdict(scores({"a": 1.0, "b": 1.3}))], [], first_seed=0, merges=False) is None


def test_where_more_seeds_are_needed_than_a_sweep_may_have_there_is_no_next_command():
    one = {(seed, 0): 1.0 for seed in range(6)}
    other = {(seed, 0): 1.005 + 2 * (-1) ** seed for seed in range(6)}
    found = verdict({"a": one, "b": other})
    assert found.needed > 10**5
    assert next_command([found], [], first_seed=0, merges=False) is None


def test_of_variants_with_the_same_scores_one_goes_on():
    alike = scores({"a": 1.0, "b": 1.0}, deviation=0.01)
    found = verdict({**alike, "c": alike["a"]})
    assert next_command([found], ["loss=a,b,c"], 0, merges=False).endswith(" sweep.merge_equivalent=true")
    assert "merge" not in next_command([found], ["experiment=decide"], 0, merges=True)
