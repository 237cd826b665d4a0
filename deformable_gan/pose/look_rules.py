"""The numbers of MoveNet's looks: published ones for tracking, and ones of averaged looks."""

#: The confidence above which a joint counts as seen.
SEEN = 0.2
#: How far the square of the second look extends: multiples of the torso's and the body's extent.
TORSO_REACH = 1.9
BODY_REACH = 1.2

#: Shifts of the squares of averaged looks, as shares of the square's side, and factors of its size.
#: Every two consecutive looks share an entry: the second one is mirrored.
SHIFTS = (
    *((0.0, 0.0), (-0.03, -0.03), (0.03, 0.03), (-0.03, 0.03)),
    *((0.03, -0.03), (0.0, 0.03), (0.03, 0.0), (-0.03, 0.0)),
)
FACTORS = (1.0, 1.06, 0.97, 1.03, 1.1, 0.94, 1.08, 1.0)

#: A look's weight is a Gaussian of its distance from the median. This is the Gaussian's standard
#: deviation, as a share of the square's side.
OUTLIER_REACH = 0.02
