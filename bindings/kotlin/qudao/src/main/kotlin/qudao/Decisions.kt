package qudao

/** The command was carried out. */
public val Decision.isAllowed: Boolean
    get() = this is Decision.Allowed

/** Everything that is not met: what blocks, or the warnings of a command that was carried out. */
public val Decision.findings: List<Violation>
    get() = when (this) {
        is Decision.Allowed -> warnings
        is Decision.Blocked -> violations
    }

/** Records that may be the same. */
public val Decision.possibleDuplicates: List<Duplicate>
    get() = when (this) {
        is Decision.Allowed -> duplicates
        is Decision.Blocked -> duplicates
    }

/** The record that the command was about; null when it was refused. */
public val Decision.record: RecordRef?
    get() = (this as? Decision.Allowed)?.records?.firstOrNull()

/** This rule has to be met before the command can be carried out. */
public val Violation.blocks: Boolean
    get() = severity == Severity.ERROR

/** What is wrong and, where known, what would fix it: one line for a person. */
public val Violation.advice: String
    get() = fix?.let { "$text ($it)" } ?: text

/** The violations that concern a field. */
public fun List<Violation>.of(field: String): List<Violation> = filter { field in it.fields }
