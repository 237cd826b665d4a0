"""The numbers of MoveNet's looks: published ones for tracking, and ones of averaged looks."""

#: MoveNet's own threshold: the confidence above which a joint counts as seen.
SEEN = 0.2
#: Half the side of the square of the second look, as multiples of the distance of the farthest
#: torso joint, and of the farthest joint seen, from the middle of the hips.
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
