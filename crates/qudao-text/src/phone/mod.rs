//! Phone numbers in E.164, by the numbering plans of Google's libphonenumber (crate `phonenumber`).

#[cfg(feature = "phone-metadata")]
mod plan;
mod shape;

use serde::{Deserialize, Serialize};

use crate::Normalised;
use crate::issue::{IssueKind, NormaliseIssue, bounded};

/// What a number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PhoneKind {
    /// A mobile phone.
    Mobile,
    /// A land line.
    FixedLine,
    /// Either of them: the plan does not tell (North America).
    FixedLineOrMobile,
    /// Free for the caller (800).
    TollFree,
    /// Shared cost (400).
    SharedCost,
    /// At a premium rate.
    PremiumRate,
    /// Anything else: voice over IP, pagers, personal and company numbers.
    Other,
}

/// A valid phone number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phone {
    /// `+`, calling code and national number.
    pub e164: String,
    /// The extension, digits only.
    pub extension: Option<String>,
    /// The ISO 3166 code of the country, where the plan tells it.
    pub region: Option<String>,
    /// What the number is for.
    pub kind: PhoneKind,
}

impl Phone {
    /// The number as stored: E.164, with the extension behind it as in RFC 3966 (`+8675528780808;ext=8008`).
    #[must_use]
    pub fn value(&self) -> String {
        match &self.extension {
            Some(extension) => format!("{};ext={extension}", self.e164),
            None => self.e164.clone(),
        }
    }
}

/// Whether this build knows numbering plans (feature `phone-metadata`). Without them [`parse_phone`] answers
/// `phone.unsupported` for every number: there is no smaller grammar that would quietly answer otherwise.
#[must_use]
pub const fn supported() -> bool {
    cfg!(feature = "phone-metadata")
}

/// Parses a phone number. National numbers are read as numbers of `region` (ISO 3166, such as `CN`).
///
/// Full-width digits, spaces, dashes, dots and brackets are accepted, the international prefix as `+` or `00`, the
/// national prefix in `+86 (0)10 …`, a label before it (`Tel:`, `电话：`), and an extension: `转 8008`, `分机8008`,
/// `ext. 8008`, `x8008`, `#8008`, `;ext=8008`, and in China a third group as in `0755-28780808-8008`.
///
/// # Errors
/// `phone.too_short`, `phone.too_long`, `phone.character`, `phone.invalid`, `phone.country`, `phone.placeholder`
/// (00000000, 12345678 …), `phone.multiple`, `phone.region`, `phone.unsupported`, `text.empty`, `text.too_long`.
///
/// ```
/// let phone = qudao_text::parse_phone("0755-28780808 转 8008", "CN")?;
/// assert_eq!(phone.e164, "+8675528780808");
/// assert_eq!(phone.extension.as_deref(), Some("8008"));
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn parse_phone(input: &str, region: &str) -> Result<Phone, NormaliseIssue> {
    let text = bounded(input)?;
    let region = region.trim().to_ascii_uppercase();
    let shape = shape::read(text, &region)?;
    #[cfg(feature = "phone-metadata")]
    {
        plan::parse(&shape, &region)
    }
    #[cfg(not(feature = "phone-metadata"))]
    {
        let _ = (shape, region);
        Err(IssueKind::PhoneUnsupported.into())
    }
}

/// Normalises a phone number to [`Phone::value`].
///
/// # Errors
/// As [`parse_phone`].
pub fn normalise_phone(input: &str, region: &str) -> Result<Normalised, NormaliseIssue> {
    parse_phone(input, region).map(|phone| Normalised::formatted(input, phone.value()))
}

/// Loads the numbering plans, which takes some tens of milliseconds, so that the first number does not wait.
pub fn preload() {
    #[cfg(feature = "phone-metadata")]
    plan::preload();
}

fn too_short(region: &str) -> NormaliseIssue {
    NormaliseIssue::new(IssueKind::PhoneTooShort).with("region", region)
}

fn too_long(region: &str) -> NormaliseIssue {
    NormaliseIssue::new(IssueKind::PhoneTooLong).with("region", region)
}

#[cfg(all(test, feature = "phone-metadata"))]
mod tests;
