//! qudao mobile binding.
