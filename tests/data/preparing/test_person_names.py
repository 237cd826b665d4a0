import pytest

from deformable_gan.data.preparing.person_names import LONGEST_PERSON, PersonNames, is_camera_name


@pytest.mark.parametrize(
    "stem",
    [
        *("IMG_1", "IMG_20240101_120000", "PXL_20240101_120000123", "MVIMG_20190101_120000"),
        *("DSC01", "DSC_0001", "_DSC0001", "DSCN1234", "DSCF0001", "P1010001", "CIMG0001"),
        *("GOPR0001", "DJI_0001", "IMG-20240101-WA0003", "FB_IMG_1600000000000", "SAM_0123"),
        *("20240101_120000", "2024-01-01 12.00.00", "Screenshot_20240101-120000", "photo_1"),
        *("WhatsApp Image 2024-01-01 at 12.00.00", "image0", "WIN_20240101_12_00_00_Pro"),
        *("IMG_E1234", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "IMG_1 (1)", "Photo"),
    ],
)
def test_names_that_cameras_give(stem):
    assert is_camera_name(stem)


@pytest.mark.parametrize(
    "stem",
    [
        *("anna_1", "ben_IMG_2", "Sam_1", "Win_2", "0002_c1s1_000451_03", "17_3", "pia_20240101"),
        *("imogen_1", "dj_1", "scanlon_4", "p_1", "Vidal_3", "1_2", "photographer_1"),
    ],
)
def test_names_that_people_give(stem):
    assert not is_camera_name(stem)


def test_names_have_few_bytes_and_are_distinct():
    names = PersonNames()
    given = [names.new("舞" * 80 + ending) for ending in ("", "a", "b", "")]
    assert len(set(given)) == 4
    assert all(len(name.encode()) <= LONGEST_PERSON + 3 for name in given)


def test_names_that_windows_takes():
    name = PersonNames().new('a:b*c?d"e<f>g|h\\i/j')
    assert name == "a-b-c-d-e-f-g-h-i-j"


def test_names_do_not_begin_with_a_hyphen():
    assert PersonNames().new(".-1") == "1"
