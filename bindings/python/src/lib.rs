//! qudao python binding.
