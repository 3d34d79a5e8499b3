import Foundation
import QudaoCore

extension QudaoError {
    /// Stable dotted code, the same in every language.
    public var code: String {
        switch self {
        case .Argument(let code, _), .Internal(let code, _): return code
        }
    }

    /// What happened, for a person.
    public var detail: String {
        switch self {
        case .Argument(_, let detail), .Internal(_, let detail): return detail
        }
    }
}

extension QudaoError: LocalizedError {
    public var errorDescription: String? { detail }
}
