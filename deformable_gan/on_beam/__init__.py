"""Distribution of work over a cluster with Apache Beam; other packages do the work itself."""
