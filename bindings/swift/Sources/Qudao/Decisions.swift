import QudaoCore

extension Decision {
    /// The command was carried out.
    public var isAllowed: Bool {
        if case .allowed = self { return true }
        return false
    }

    /// Everything that is not met: what blocks, or the warnings of a command that was carried out.
    public var findings: [Violation] {
        switch self {
        case .allowed(_, let warnings, _, _, _): return warnings
        case .blocked(let violations, _, _): return violations
        }
    }

    /// Records that may be the same.
    public var possibleDuplicates: [Duplicate] {
        switch self {
        case .allowed(_, _, let duplicates, _, _): return duplicates
        case .blocked(_, let duplicates, _): return duplicates
        }
    }

    /// The record that the command was about; `nil` when it was refused.
    public var record: RecordRef? {
        if case .allowed(let records, _, _, _, _) = self { return records.first }
        return nil
    }

    /// The command had been carried out before, under the same key.
    public var isReplayed: Bool {
        if case .allowed(_, _, _, _, let replayed) = self { return replayed }
        return false
    }
}

extension Violation {
    /// This rule has to be met before the command can be carried out.
    public var blocks: Bool { severity == .error }

    /// What is wrong and, where known, what would fix it: one line for a person.
    public var advice: String { fix.map { "\(text) (\($0))" } ?? text }
}

extension Sequence where Element == Violation {
    /// The violations that concern a field.
    public func of(_ field: String) -> [Violation] { filter { $0.fields.contains(field) } }
}
