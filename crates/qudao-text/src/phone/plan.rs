//! Numbering plans.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Metadata, ParseError, country};
use regex::Regex;

use super::shape::Shape;
use super::{Phone, PhoneKind, too_long, too_short};
use crate::issue::{IssueKind, NormaliseIssue};

pub(super) fn preload() {
    let _ = plan("CN");
}

pub(super) fn parse(shape: &Shape, region: &str) -> Result<Phone, NormaliseIssue> {
    let id = country::Id::from_str(region)
        .map_err(|_| NormaliseIssue::new(IssueKind::PhoneRegion).with("region", region))?;
    if let Some(phone) = fast_chinese(shape, id) {
        return Ok(phone);
    }
    let text = if shape.international { format!("+{}", shape.digits) } else { shape.digits.clone() };
    let refuse = |kind: Refusal| refusal(kind, shape, region);
    // With a default country the library strips that country's national prefix even from a number of another one.
    let default = (!shape.international).then_some(id);
    let number = phonenumber::parse(default, &text).map_err(|error| match error {
        ParseError::InvalidCountryCode => NormaliseIssue::new(IssueKind::PhoneCountry),
        ParseError::TooLong => refuse(Refusal::Long),
        ParseError::TooShortNsn | ParseError::TooShortAfterIdd => refuse(Refusal::Short),
        _ => refuse(Refusal::Other),
    })?;
    let code = number.code().value();
    if DATABASE.region(&code).is_none() {
        return Err(IssueKind::PhoneCountry.into());
    }
    let national = number.national().to_string();
    let (plan, kind) = classify(code, &national).ok_or_else(|| refuse(Refusal::Other))?;
    Ok(Phone {
        e164: format!("+{code}{national}"),
        extension: shape.extension.clone(),
        region: plan.region.clone(),
        kind,
    })
}

#[derive(Clone, Copy)]
enum Refusal {
    Short,
    Long,
    Other,
}

/// Says in which way a number does not fit, by the lengths its plan knows.
fn refusal(kind: Refusal, shape: &Shape, region: &str) -> NormaliseIssue {
    let (region, national) = if shape.international {
        match international_region(&shape.digits) {
            Some(found) => found,
            None => return IssueKind::PhoneCountry.into(),
        }
    } else {
        (region.to_owned(), shape.digits.as_str())
    };
    match kind {
        Refusal::Short => return too_short(&region),
        Refusal::Long => return too_long(&region),
        Refusal::Other => {}
    }
    let national = national.trim_start_matches('0');
    let mut chars = national.chars();
    let (shortest, longest) = match (region.as_str(), chars.next(), chars.next()) {
        // Eleven digits for a mobile phone, ten or eleven for a land line with its area code.
        ("CN", Some('1'), Some('3'..='9')) => (11, 11),
        ("CN", ..) => (10, 12),
        _ => plan(&region).map_or((7, 15), |p| p.lengths),
    };
    if national.len() < shortest {
        too_short(&region)
    } else if national.len() > longest {
        too_long(&region)
    } else {
        NormaliseIssue::new(IssueKind::PhoneInvalid).with("region", region)
    }
}

/// The main region of the calling code at the beginning of the digits, and the rest.
fn international_region(digits: &str) -> Option<(String, &str)> {
    (1..=3).find_map(|n| {
        let (code, national) = digits.split_at_checked(n)?;
        let code: u16 = code.parse().ok()?;
        let regions = DATABASE.region(&code)?;
        Some(((*regions.first()?).to_owned(), national))
    })
}

/// The plan of one country with its patterns compiled once and bound to the whole number. The library itself looks
/// for its patterns at the beginning of a number only, and compiles them anew whenever they fall out of a cache.
struct Plan {
    /// The ISO 3166 code; `None` for codes of no country, such as +800.
    region: Option<String>,
    /// What the numbers of this country begin with, where several share one calling code.
    leading: Option<Regex>,
    general: Regex,
    /// In the order in which they are tried.
    kinds: Vec<(PhoneKind, Regex)>,
    /// The fewest and the most digits of a land line or mobile number.
    lengths: (usize, usize),
}

impl Plan {
    fn new(metadata: &Metadata) -> Option<Self> {
        let descriptors = metadata.descriptors();
        // The patterns are written in the verbose notation.
        let compile = |d: &Descriptor| Regex::new(&format!("^(?x:{})$", d.national_number().as_str())).ok();
        let mut kinds = Vec::new();
        for (kind, descriptor) in [
            (PhoneKind::PremiumRate, descriptors.premium_rate()),
            (PhoneKind::TollFree, descriptors.toll_free()),
            (PhoneKind::SharedCost, descriptors.shared_cost()),
            (PhoneKind::Other, descriptors.voip()),
            (PhoneKind::Other, descriptors.personal_number()),
            (PhoneKind::Other, descriptors.pager()),
            (PhoneKind::Other, descriptors.uan()),
            (PhoneKind::Other, descriptors.voicemail()),
        ] {
            if let Some(d) = descriptor {
                kinds.push((kind, compile(d)?));
            }
        }
        match (descriptors.fixed_line(), descriptors.mobile()) {
            (Some(f), Some(m)) if f.national_number().as_str() == m.national_number().as_str() => {
                kinds.push((PhoneKind::FixedLineOrMobile, compile(f)?));
            }
            (fixed, mobile) => {
                if let Some(d) = fixed {
                    kinds.push((PhoneKind::FixedLine, compile(d)?));
                }
                if let Some(d) = mobile {
                    kinds.push((PhoneKind::Mobile, compile(d)?));
                }
            }
        }
        let lengths: Vec<usize> = [descriptors.fixed_line(), descriptors.mobile()]
            .into_iter()
            .flatten()
            .flat_map(|d| d.possible_length().iter().map(|n| usize::from(*n)))
            .collect();
        let region = metadata.id();
        Some(Self {
            region: (region != "001").then(|| region.to_owned()),
            leading: match metadata.leading_digits() {
                Some(pattern) => Some(Regex::new(&format!("^(?x:{})", pattern.as_str())).ok()?),
                None => None,
            },
            general: compile(descriptors.general())?,
            kinds,
            lengths: (
                lengths.iter().copied().min().unwrap_or(7),
                lengths.iter().copied().max().unwrap_or(15),
            ),
        })
    }

    fn kind(&self, national: &str) -> Option<PhoneKind> {
        if !self.general.is_match(national) {
            return None;
        }
        self.kinds.iter().find(|(_, pattern)| pattern.is_match(national)).map(|(kind, _)| *kind)
    }
}

/// The plan of a country, built at its first use.
fn plan(region: &str) -> Option<Arc<Plan>> {
    plan_or(region, || DATABASE.by_id(region).and_then(Plan::new))
}

fn plan_or(key: &str, build: impl FnOnce() -> Option<Plan>) -> Option<Arc<Plan>> {
    static PLANS: RwLock<BTreeMap<String, Option<Arc<Plan>>>> = RwLock::new(BTreeMap::new());
    if let Some(known) = PLANS.read().unwrap_or_else(PoisonError::into_inner).get(key) {
        return known.clone();
    }
    let built = build().map(Arc::new);
    PLANS.write().unwrap_or_else(PoisonError::into_inner).entry(key.to_owned()).or_insert(built).clone()
}

/// The country and the kind of a national number under a calling code. Where countries share one (+1, +7, +39), the
/// first whose leading digits fit, or in whose plan the number exists.
fn classify(code: u16, national: &str) -> Option<(Arc<Plan>, PhoneKind)> {
    let regions = DATABASE.region(&code)?;
    let only = regions.len() == 1;
    for region in regions {
        let plan = if region == "001" {
            plan_or(&format!("+{code}"), || DATABASE.by_code(&code)?.into_iter().next().and_then(Plan::new))
        } else {
            plan(region)
        };
        let Some(plan) = plan else { continue };
        let kind = plan.kind(national);
        let mine = only || plan.leading.as_ref().map_or(kind.is_some(), |l| l.is_match(national));
        if mine {
            return kind.map(|k| (plan, k));
        }
    }
    None
}

/// Chinese mobile numbers, land lines with their area code, 400 and 800 numbers, without the detour over the library's
/// parser; anything else goes the general way.
fn fast_chinese(shape: &Shape, region: country::Id) -> Option<Phone> {
    let national = if shape.international {
        shape.digits.strip_prefix("86")?
    } else if region == country::Id::CN {
        match shape.digits.strip_prefix("86") {
            Some(rest) if shape.digits.len() == 13 && rest.starts_with('1') => rest,
            _ => &shape.digits,
        }
    } else {
        return None;
    };
    let plan = plan("CN")?;
    let trunk = national.strip_prefix('0');
    let number = trunk.unwrap_or(national);
    let mobile = number.len() == 11 && number.starts_with('1') && !number.starts_with("179");
    let service = trunk.is_none() && number.len() == 10 && number.starts_with(['4', '8']);
    let area_code = (trunk.is_some() || shape.international)
        && matches!(number.len(), 10 | 11)
        && (!number.starts_with('1') || number.starts_with("10"));
    let kind = if mobile || service || area_code { plan.kind(number)? } else { return None };
    Some(Phone {
        e164: format!("+86{number}"),
        extension: shape.extension.clone(),
        region: Some("CN".to_owned()),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fast path answers as the general one, and this module as the library, but for what the library misreads.
    #[test]
    fn fast_path_agrees_with_the_library() {
        let mut compared = 0_u32;
        let mut seed = 7_u64;
        for i in 0..6_000_u32 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let n = seed >> 20;
            let digits = match i % 6 {
                0 => format!("1{:010}", n % 10_000_000_000),
                1 => format!("0{:010}", n % 10_000_000_000),
                2 => format!("0{:011}", n % 100_000_000_000),
                3 => format!("400{:07}", n % 10_000_000),
                4 => format!("800{:07}", n % 10_000_000),
                _ => format!("010{:08}", n % 100_000_000),
            };
            for international in [false, true] {
                let digits = if international {
                    format!("86{}", digits.trim_start_matches('0'))
                } else {
                    digits.clone()
                };
                let shape = Shape { international, digits, extension: None };
                let Some(fast) = fast_chinese(&shape, country::Id::CN) else { continue };
                compared += 1;
                let text = if international { format!("+{}", shape.digits) } else { shape.digits.clone() };
                let slow = phonenumber::parse(Some(country::Id::CN), &text).unwrap();
                assert!(slow.is_valid(), "{text}");
                assert_eq!(fast.e164, slow.format().mode(phonenumber::Mode::E164).to_string(), "{text}");
                let (plan, kind) = classify(86, &slow.national().to_string()).unwrap();
                assert_eq!((fast.kind, fast.region), (kind, plan.region.clone()), "{text}");
            }
        }
        assert!(compared > 3_000, "{compared}");
    }

    /// The example number of every country in the metadata is valid and of its country or one sharing its code.
    #[test]
    fn every_country_has_a_plan() {
        let mut countries = 0;
        for metadata in DATABASE.iter().filter(|m| m.id() != "001") {
            for descriptor in
                [metadata.descriptors().fixed_line(), metadata.descriptors().mobile()].into_iter().flatten()
            {
                let Some(example) = descriptor.example() else { continue };
                let shape = Shape {
                    international: true,
                    digits: format!("{}{example}", metadata.country_code()),
                    extension: None,
                };
                let phone =
                    parse(&shape, "CN").unwrap_or_else(|e| panic!("{} {example}: {e}", metadata.id()));
                assert_eq!(phone.e164, format!("+{}{example}", metadata.country_code()));
                assert!(phone.region.is_some());
                countries += 1;
            }
        }
        assert!(countries > 400, "{countries}");
    }
}
