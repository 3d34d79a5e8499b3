//! Default weights: the base-2 logarithm of a likelihood ratio per level, as integers of 1/1000 bit.
//!
//! Source of the model: I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", Journal of the American
//! Statistical Association 64 (1969); levels of partial agreement as in W. E. Winkler, "String Comparator Metrics
//! and Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage" (1990).
//!
//! For a level `l`, `m` is the share of true pairs that show `l`, and `u` the share of pairs of different things that
//! show it by chance. The weight is `log2(m / u)`. The figures below are assumptions made by hand from what each kind
//! of value is (how many values there are, how they are mistyped). They come from no data set. A Blueprint may replace them.

use crate::Level;

/// A kind of value, with its default weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Profile {
    /// A number that identifies: tax id, unified social credit code.
    Identity,
    /// A code or a value of unknown variety, the same or not.
    Code,
    /// One of few values: city, region, industry, a choice.
    Category,
    /// Free text.
    Text,
    /// A company's name.
    Company,
    /// A person's name.
    Person,
    /// A postal address.
    Address,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A company's domain.
    Domain,
    /// A number.
    Number,
    /// A date.
    Date,
}

/// `m`, `u` (both in ten-millionths) and `log2(m / u)` in millibits, for different, low, medium, high, exact.
/// All zero: the comparator never gives that level.
type Row = (u32, u32, i32);

impl Profile {
    const fn table(self) -> [Row; 5] {
        match self {
            Self::Identity => [
                (600_000, 9_999_899, -4059),
                (0, 0, 0),
                (400_000, 100, 11966),
                (0, 0, 0),
                (9_000_000, 1, 23101),
            ],
            Self::Code => {
                [(1_500_000, 9_999_000, -2737), (0, 0, 0), (0, 0, 0), (0, 0, 0), (8_500_000, 1_000, 13053)]
            }
            Self::Category => [
                (1_000_000, 8_500_000, -3087),
                (100_000, 200_000, -1000),
                (300_000, 200_000, 585),
                (600_000, 100_000, 2585),
                (8_000_000, 1_000_000, 3000),
            ],
            Self::Text => [
                (700_000, 9_876_000, -3819),
                (600_000, 100_000, 2585),
                (1_200_000, 20_000, 5907),
                (1_500_000, 3_000, 8966),
                (6_000_000, 1_000, 12551),
            ],
            Self::Company => [
                (200_000, 8_996_680, -5491),
                (300_000, 1_000_000, -1737),
                (1_500_000, 3_000, 8966),
                (2_000_000, 300, 12703),
                (6_000_000, 20, 18195),
            ],
            Self::Person => [
                (600_000, 9_786_000, -4028),
                (400_000, 200_000, 1000),
                (800_000, 10_000, 6322),
                (1_200_000, 3_000, 8644),
                (7_000_000, 1_000, 12773),
            ],
            Self::Address => [
                (1_000_000, 9_788_500, -3291),
                (800_000, 200_000, 2000),
                (1_200_000, 10_000, 6907),
                (2_000_000, 1_000, 10966),
                (5_000_000, 500, 13288),
            ],
            Self::Phone => [
                (1_700_000, 9_989_600, -2555),
                (500_000, 10_000, 5644),
                (500_000, 200, 11288),
                (800_000, 100, 12966),
                (6_500_000, 100, 15988),
            ],
            // The same mailbox elsewhere: mailboxes follow the names of people, so it adds little to an equal name.
            Self::Email => [
                (1_400_000, 9_969_930, -2832),
                (1_200_000, 20_000, 5907),
                (600_000, 10_000, 5907),
                (800_000, 50, 13966),
                (6_000_000, 20, 18195),
            ],
            Self::Domain => [
                (1_200_000, 9_996_000, -3058),
                (0, 0, 0),
                (0, 0, 0),
                (800_000, 3_000, 8059),
                (8_000_000, 1_000, 12966),
            ],
            Self::Number => [
                (1_000_000, 8_200_000, -3036),
                (500_000, 1_000_000, -1000),
                (1_000_000, 500_000, 1000),
                (1_500_000, 200_000, 2907),
                (6_000_000, 100_000, 5907),
            ],
            Self::Date => [
                (400_000, 9_678_000, -4597),
                (200_000, 200_000, 0),
                (300_000, 100_000, 1585),
                (600_000, 20_000, 4907),
                (8_500_000, 2_000, 12053),
            ],
        }
    }

    /// The shares of true pairs and of different pairs that show a level: what is assumed before anything is learned.
    /// Sources of the levels that a comparator never gives hold next to nothing.
    pub(crate) fn shares(self, level: Level) -> (f64, f64) {
        let row = level.index().checked_sub(1).and_then(|i| self.table().get(i).copied());
        let (m, u, _) = row.unwrap_or((0, 0, 0));
        (f64::from(m.max(1)) / 1e7, f64::from(u.max(1)) / 1e7)
    }

    /// The weight of each level, in millibits. Missing weighs nothing.
    pub(crate) fn weights(self) -> [i64; Level::COUNT] {
        let mut weights = [0; Level::COUNT];
        for (weight, row) in weights.iter_mut().skip(1).zip(self.table()) {
            *weight = i64::from(row.2);
        }
        weights
    }
}

/// The prior when a rule gives none: one pair in ten thousand.
pub(crate) const DEFAULT_PRIOR: f64 = 0.0001;

/// The largest absolute weight of one level that a Blueprint may set, in bits.
pub(crate) const MAX_WEIGHT_BITS: f64 = 60.0;

/// Bits to millibits, rounded half away from zero. The caller has checked that the number is finite and small.
pub(crate) fn millibits(bits: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a range that fits")]
    let millibits = libm::round(bits.clamp(-1000.0, 1000.0) * 1000.0) as i64;
    millibits
}

/// The weight of a prior probability: the logarithm of its odds. 0 and 1 are moved a little inside.
pub(crate) fn prior_weight(probability: f64) -> i64 {
    let p = probability.clamp(1e-12, 1.0 - 1e-12);
    millibits(libm::log2(p / (1.0 - p)))
}

/// The probability of a total weight.
pub(crate) fn probability_exact(total: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "clamped to a range that f64 holds exactly")]
    let bits = total.clamp(-64_000, 64_000) as f64 / 1000.0;
    1.0 / (1.0 + libm::exp2(-bits))
}

/// The probability of a total weight, in ten-thousandths: `2^w / (1 + 2^w)`.
pub(crate) fn probability(total: i64) -> u16 {
    let p = probability_exact(total);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "p lies between 0 and 1")]
    let scaled = libm::round(p * 10_000.0) as u16;
    scaled
}

/// The smallest total weight whose probability reaches the threshold; `i64::MIN` for a threshold of 0.
pub(crate) fn weight_at(threshold: u16) -> i64 {
    if threshold == 0 {
        return i64::MIN;
    }
    let (mut low, mut high) = (-64_000_i64, 64_000_i64);
    while low < high {
        // Rounds down, also below zero, so that the interval always shrinks.
        let middle = low + (high - low).div_euclid(2);
        if probability(middle) >= threshold {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILES: [Profile; 12] = [
        Profile::Identity,
        Profile::Code,
        Profile::Category,
        Profile::Text,
        Profile::Company,
        Profile::Person,
        Profile::Address,
        Profile::Phone,
        Profile::Email,
        Profile::Domain,
        Profile::Number,
        Profile::Date,
    ];

    #[test]
    fn weights_are_the_logarithms_of_their_ratios() {
        for profile in PROFILES {
            let table = profile.table();
            assert_eq!(table.iter().map(|r| r.0).sum::<u32>(), 10_000_000, "{profile:?}: m");
            assert_eq!(table.iter().map(|r| r.1).sum::<u32>(), 10_000_000, "{profile:?}: u");
            for (m, u, weight) in table {
                if m > 0 {
                    let bits = libm::log2(f64::from(m) / f64::from(u));
                    assert_eq!(millibits(bits), i64::from(weight), "{profile:?} {m} {u}");
                }
            }
        }
    }

    #[test]
    fn more_agreement_never_weighs_less() {
        for profile in PROFILES {
            let given: Vec<i64> =
                profile.table().iter().filter(|r| r.0 > 0).map(|r| i64::from(r.2)).collect();
            assert!(given.is_sorted(), "{profile:?} {given:?}");
        }
    }

    #[test]
    fn probabilities() {
        assert_eq!(probability(0), 5_000);
        assert_eq!(probability(i64::MAX), 10_000);
        assert_eq!(probability(i64::MIN), 0);
        assert_eq!(probability(prior_weight(0.2)), 2_000);
        for threshold in [1, 7_000, 9_500, 9_999, 10_000] {
            let weight = weight_at(threshold);
            assert!(probability(weight) >= threshold && probability(weight - 1) < threshold, "{threshold}");
        }
        assert_eq!(weight_at(0), i64::MIN);
    }
}
