import Foundation
import QudaoCore

extension QudaoError {
    /// Stable dotted code, the same in every language.
    public var code: String {
        switch self {
        case .Argument(let code, _), .NotFound(let code, _), .Access(let code, _), .Store(let code, _),
            .Internal(let code, _):
            return code
        case .Blueprint(let code, _, _): return code
        }
    }

    /// What happened, for a person.
    public var detail: String {
        switch self {
        case .Argument(_, let detail), .NotFound(_, let detail), .Access(_, let detail), .Store(_, let detail),
            .Internal(_, let detail):
            return detail
        case .Blueprint(_, let detail, _): return detail
        }
    }
}

extension QudaoError: LocalizedError {
    public var errorDescription: String? { detail }
}
