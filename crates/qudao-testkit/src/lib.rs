//! Fixtures, generators, conformance runner, layering test.
