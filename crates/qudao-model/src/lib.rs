//! Nouns of qudao: values, records, schema, commands, decisions.
