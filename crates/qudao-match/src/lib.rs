//! Blocking, comparison, weights, clusters.
