"""Work spread over a cluster with Apache Beam; the work itself is done by the other rooms."""
