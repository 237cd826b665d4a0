from deformable_gan.web.runs import dataset_of


def test_a_run_names_its_dataset(tiny_run, dancers, tiny_export):
    assert dataset_of(tiny_run.path) == dancers.path.resolve()
    assert dataset_of(tiny_export[0]) is None
