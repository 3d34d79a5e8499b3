//! Numbering plans.

use std::str::FromStr;
use std::sync::OnceLock;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, ParseError, Type, country};
use regex::Regex;

use super::shape::Shape;
use super::{Phone, PhoneKind, too_long, too_short};
use crate::issue::{IssueKind, NormaliseIssue};

pub(super) fn preload() {
    let _ = china();
}

pub(super) fn parse(shape: &Shape, region: &str) -> Result<Phone, NormaliseIssue> {
    let id = country::Id::from_str(region)
        .map_err(|_| NormaliseIssue::new(IssueKind::PhoneRegion).with("region", region))?;
    if let Some(phone) = fast_chinese(shape, id) {
        return Ok(phone);
    }
    let text = if shape.international { format!("+{}", shape.digits) } else { shape.digits.clone() };
    let refuse = |kind: Refusal| refusal(kind, shape, region);
    let number = phonenumber::parse(Some(id), &text).map_err(|error| match error {
        ParseError::InvalidCountryCode => NormaliseIssue::new(IssueKind::PhoneCountry),
        ParseError::TooLong => refuse(Refusal::Long),
        ParseError::TooShortNsn | ParseError::TooShortAfterIdd => refuse(Refusal::Short),
        _ => refuse(Refusal::Other),
    })?;
    if DATABASE.by_code(&number.code().value()).is_none() {
        return Err(IssueKind::PhoneCountry.into());
    }
    if !number.is_valid() {
        return Err(refuse(Refusal::Other));
    }
    Ok(Phone {
        e164: number.format().mode(Mode::E164).to_string(),
        extension: shape.extension.clone(),
        region: number.country().id().map(|id| id.as_ref().to_owned()),
        kind: kind(number.number_type(&DATABASE)),
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
    let (shortest, longest) = if region == "CN" {
        // Eleven digits for a mobile phone, ten or eleven for a land line with its area code.
        let mut chars = national.chars();
        match (chars.next(), chars.next()) {
            (Some('1'), Some('3'..='9')) => (11, 11),
            _ => (10, 12),
        }
    } else {
        let lengths = DATABASE.by_id(&region).map(|m| m.descriptors().general().possible_length());
        let bound = |n: Option<&u16>, or: usize| n.map_or(or, |n| usize::from(*n));
        (bound(lengths.and_then(|l| l.first()), 7), bound(lengths.and_then(|l| l.last()), 15))
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

fn kind(kind: Type) -> PhoneKind {
    match kind {
        Type::Mobile => PhoneKind::Mobile,
        Type::FixedLine => PhoneKind::FixedLine,
        Type::FixedLineOrMobile => PhoneKind::FixedLineOrMobile,
        Type::TollFree => PhoneKind::TollFree,
        Type::SharedCost => PhoneKind::SharedCost,
        Type::PremiumRate => PhoneKind::PremiumRate,
        _ => PhoneKind::Other,
    }
}

/// The Chinese plan with its patterns compiled once. The general path goes through a cache of compiled patterns
/// behind a lock, at some thirty microseconds a number; this one takes about one.
struct China {
    mobile: Regex,
    fixed_line: Regex,
    shared_cost: Regex,
    toll_free: Regex,
}

fn china() -> Option<&'static China> {
    static CHINA: OnceLock<Option<China>> = OnceLock::new();
    CHINA
        .get_or_init(|| {
            let descriptors = DATABASE.by_id("CN")?.descriptors();
            // The patterns are written in the verbose notation.
            let compile = |pattern: &str| Regex::new(&format!("^(?x:{pattern})$")).ok();
            Some(China {
                mobile: compile(descriptors.mobile()?.national_number().as_str())?,
                fixed_line: compile(descriptors.fixed_line()?.national_number().as_str())?,
                shared_cost: compile(descriptors.shared_cost()?.national_number().as_str())?,
                toll_free: compile(descriptors.toll_free()?.national_number().as_str())?,
            })
        })
        .as_ref()
}

/// Chinese mobile numbers, land lines with their area code, 400 and 800 numbers; anything else goes the general way.
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
    let china = china()?;
    let trunk = national.strip_prefix('0');
    let number = trunk.unwrap_or(national);
    let kind = if number.len() == 11
        && number.starts_with('1')
        && !number.starts_with("179")
        && china.mobile.is_match(number)
    {
        PhoneKind::Mobile
    } else if trunk.is_none()
        && number.len() == 10
        && number.starts_with("400")
        && china.shared_cost.is_match(number)
    {
        PhoneKind::SharedCost
    } else if trunk.is_none()
        && number.len() == 10
        && number.starts_with("800")
        && china.toll_free.is_match(number)
    {
        PhoneKind::TollFree
    } else if (trunk.is_some() || shape.international)
        && matches!(number.len(), 10 | 11)
        && !number.starts_with(['1', '4', '8'])
        && china.fixed_line.is_match(number)
        && !china.shared_cost.is_match(number)
        && !china.toll_free.is_match(number)
    {
        PhoneKind::FixedLine
    } else {
        return None;
    };
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

    /// The fast path answers exactly as the general one.
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
                assert_eq!(fast.e164, slow.format().mode(Mode::E164).to_string(), "{text}");
                assert_eq!(fast.kind, kind(slow.number_type(&DATABASE)), "{text}");
                assert_eq!(slow.country().id(), Some(country::Id::CN));
            }
        }
        assert!(compared > 3_000, "{compared}");
    }
}
