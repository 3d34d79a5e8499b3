import Foundation
import QudaoCore

extension QudaoError {
    /// Stable dotted code, the same in every language.
    public var code: String {
        switch self {
        case .Argument(let code, _, _), .NotFound(let code, _), .Access(let code, _), .Store(let code, _),
            .Cancelled(let code, _), .Internal(let code, _):
            return code
        case .Blueprint(let code, _, _): return code
        }
    }

    /// What happened, for a person.
    public var detail: String {
        switch self {
        case .Argument(_, let detail, _), .NotFound(_, let detail), .Access(_, let detail), .Store(_, let detail),
            .Cancelled(_, let detail), .Internal(_, let detail):
            return detail
        case .Blueprint(_, let detail, _): return detail
        }
    }

    /// The word that was probably meant, where one is near.
    public var suggestion: String? {
        if case .Argument(_, _, let suggestion) = self { return suggestion }
        return nil
    }

    /// The errors of a Blueprint, all of them; empty for anything else.
    public var lints: [Lint] {
        if case .Blueprint(_, _, let lints) = self { return lints }
        return []
    }
}

extension QudaoError: LocalizedError {
    public var errorDescription: String? { detail }
}
