//! The entry standard: how records of one object are entered by one role.

use pyo3::prelude::*;
use qudao::model::Locale;

use crate::error::run;
use crate::table::{Column, Table};

/// How records of one object are entered.
#[pyclass(frozen, name = "EntryStandard", module = "qudao._native")]
pub(crate) struct EntryStandard {
    pub(crate) page: qudao::EntryStandard,
}

#[pymethods]
impl EntryStandard {
    /// The company's word for the object, and for the role.
    fn names(&self, locale: &str) -> (String, String) {
        let locale = Locale::new(locale);
        (self.page.object.get_or(&locale, "").to_owned(), self.page.role.get_or(&locale, "").to_owned())
    }

    /// The page as Markdown in one language.
    fn to_markdown(&self, py: Python<'_>, locale: &str) -> PyResult<String> {
        let locale = Locale::new(locale);
        run(py, || Ok(self.page.to_markdown(&locale)))
    }

    /// The page as one HTML document in English and Chinese.
    fn to_html(&self, py: Python<'_>) -> PyResult<String> {
        run(py, || Ok(self.page.to_html()))
    }

    /// The fields in the order of the form.
    fn fields(&self, py: Python<'_>, locale: &str) -> PyResult<Table> {
        let locale = &Locale::new(locale);
        run(py, || {
            let rows = || self.page.sections.iter().flat_map(|s| s.fields.iter().map(move |f| (s, f)));
            Table::of(vec![
                Column::opt_texts("section", rows().map(|(s, _)| s.heading.get(locale))),
                Column::texts("field", rows().map(|(_, f)| &f.name)),
                Column::texts(
                    "label",
                    rows().map(|(_, f)| f.label.get_or(locale, f.name.as_str()).to_owned()),
                ),
                Column::texts("kind", rows().map(|(_, f)| f.kind.get_or(locale, "").to_owned())),
                Column::flags("required", rows().map(|(_, f)| Some(f.required))),
                Column::opt_texts("help", rows().map(|(_, f)| f.help.get(locale))),
                Column::opt_texts("example", rows().map(|(_, f)| f.example.as_deref())),
                Column::lists(
                    "rules",
                    rows().map(|(_, f)| {
                        f.rules
                            .iter()
                            .map(|r| r.requirement.get_or(locale, &r.id).to_owned())
                            .collect::<Vec<_>>()
                    }),
                ),
            ])
        })
    }
}
